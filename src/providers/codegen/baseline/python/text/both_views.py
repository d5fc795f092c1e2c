def texts_with(words, chars, without):
    """Both views of the text, or the one that is left."""
    views = {"features:word-ngrams": words, "features:char-ngrams": chars}
    return [view for part, view in views.items() if part != without]
