"""The colours of classes, for charts and for the browser's map alike; nothing is imported to know them."""

# Petroff (2021), "Accessible color sequences for data visualization", ten colours: one per class, on every page.
CLASSES = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")


def class_colour(index: int) -> str:
    """Return the colour of a class; beyond ten they repeat, so no more than ten are shown in colour at once."""
    return CLASSES[index % len(CLASSES)]


def class_colours(count: int) -> list[str]:
    """Return the colours of so many classes; one where there are none, for points without a class."""
    return [class_colour(index) for index in range(max(1, count))]
