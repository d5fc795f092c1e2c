

def final_answer(y, block, fit_rows, rows):
    """The probability of every class."""
    return block[rows]


def decide(block, y, data):
    """The submission's cells for the test rows: the probability of every class."""
    return block[data.test_rows]
