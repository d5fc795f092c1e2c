/**
 * Packages that a training script may ask for. Everything else is refused: a name that a model made up may be a
 * name that somebody registered for that.
 */
const allowedPackages: ReadonlySet<string> = new Set([
  'albumentations',
  'catboost',
  'category-encoders',
  'datasets',
  'gensim',
  'imbalanced-learn',
  'joblib',
  'lightgbm',
  'networkx',
  'nltk',
  'numba',
  'numpy',
  'opencv-python-headless',
  'optuna',
  'pandas',
  'pillow',
  'polars',
  'pyarrow',
  'scikit-image',
  'scikit-learn',
  'scipy',
  'sentence-transformers',
  'statsmodels',
  'timm',
  'tokenizers',
  'torch',
  'torchvision',
  'tqdm',
  'transformers',
  'xgboost',
]);

const maxChars = 4_000;
const version = String.raw`(?:==|>=|<=|~=|!=|<|>)\s*[0-9][0-9A-Za-z.*+!]{0,30}`;
/** A name and versions: no options, URLs, paths, extras or conditions. */
const linePattern = new RegExp(
  String.raw`^([A-Za-z0-9][A-Za-z0-9._-]{0,63})\s*${version}(?:\s*,\s*${version})*$`,
);

/** @returns what is wrong with requirements.txt, or null when every line is an allowed name with versions */
export function requirementsProblem(requirements: string): string | null {
  if (requirements.length > maxChars) return `requirements.txt has more than ${maxChars} characters.`;
  const lines = requirements.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  for (const line of lines) {
    if (line === '') continue;
    const shown = JSON.stringify(line.slice(0, 80));
    const name = linePattern.exec(line)?.[1];
    if (name === undefined) return `requirements.txt may hold only names with versions, and not ${shown}.`;
    // Source: PEP 503: case, dots and underscores make no difference.
    const normalised = name.toLowerCase().replaceAll(/[-_.]+/g, '-');
    if (!allowedPackages.has(normalised))
      return `requirements.txt asks for ${shown}, which is not on the list.`;
  }
  return null;
}
