from sklearn.feature_extraction.text import TfidfVectorizer


def char_view(texts):
    """Pieces of two to five letters: forgiving about spelling and word endings."""
    vectorizer = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(2, 5),
        min_df=3,
        max_features=200_000,
        sublinear_tf=True,
        strip_accents="unicode",
    )
    return vectorizer.fit_transform(texts).tocsr()
