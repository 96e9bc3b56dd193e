"""The colours of classes, for charts and for the browser's map alike; nothing is imported to know them."""

# Ten hues found by computation: among colours that are neither grey nor olive nor brown, those that lie farthest apart for normal sight
# and for the three kinds of colour-vision deficiency (tests/dashboard/figures/hues.py says how, and finds them again). They stand in the
# order in which classes that lie beside each other, of digits (3 5 8, 4 7 9) and of clothing (0 2 4 6, 5 7 9), differ most.
CLASSES = ("#9c95fe", "#137738", "#f7c243", "#40d1f7", "#0c82bf", "#8930e6", "#d37812", "#f888b6", "#23b379", "#cf386b")


def class_colour(index: int) -> str:
    """Return the colour of a class; beyond ten they repeat, so no more than ten are shown in colour at once."""
    return CLASSES[index % len(CLASSES)]


def class_colours(count: int) -> list[str]:
    """Return the colours of so many classes; one where there are none, for points without a class."""
    return [class_colour(index) for index in range(max(1, count))]


# Of sets of images: seen on both grounds, contrast 3 at least; each has a shape as well, so that nobody has to tell them by colour.
SETS = ("#0289ea", "#e64343", "#03a14a", "#9b61ea", "#d8700a", "#d446a1", "#06999a", "#7a78f0")
SHAPES = ("□", "◇", "○", "△", "▽", "+", "×", "∗")  # js/canvas/set_marks.js draws them
