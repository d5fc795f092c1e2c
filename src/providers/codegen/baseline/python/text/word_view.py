from sklearn.feature_extraction.text import TfidfVectorizer


def word_view(texts):
    """Words and pairs of words, weighted by how rare they are."""
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2),
        token_pattern=r"(?u)#?\w\w+|[!?]+",
        min_df=2,
        max_features=200_000,
        sublinear_tf=True,
        strip_accents="unicode",
    )
    return vectorizer.fit_transform(texts).tocsr()
