from sklearn.decomposition import TruncatedSVD


def add_text_topics(features, text_view, count, seed):
    """The main directions of the text view as dense numbers, for models that cannot read sparse ones."""
    topics = TruncatedSVD(min(count, text_view.shape[1] - 1), random_state=seed).fit_transform(text_view)
    for position, column in enumerate(topics.T, start=1):
        features.add("numbers", f"topic {position}", column)
