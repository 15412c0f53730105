"""Plain views: they show arrays and say what the hand did; they know no workspace."""
