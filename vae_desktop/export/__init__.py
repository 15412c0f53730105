"""Write arrays as images, films, tables and figures; knows no models."""
