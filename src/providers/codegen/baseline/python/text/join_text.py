import html
import re

URL = re.compile(r"https?://\S+|www\.\S+")
MENTION = re.compile(r"@\w+")


def clean(text):
    """Links and names become one word each, so that the model does not learn them by heart."""
    text = html.unescape(text)
    return re.sub(r"\s+", " ", MENTION.sub(" @user ", URL.sub(" http ", text))).strip()


def join_text(raw):
    """All text columns of a row as one text; short columns join as single words such as `c0_fire`."""
    texts = raw[TEXT].fillna("").agg(" ".join, axis=1).map(clean)
    for position, name in enumerate(CATEGORICAL + MANY_LEVELS):
        words = raw[name].fillna("").astype(str).str.lower().str.replace(r"\W+", "_", regex=True)
        texts = texts + words.where(words == "", f" c{position}_" + words)
    return texts.tolist()
