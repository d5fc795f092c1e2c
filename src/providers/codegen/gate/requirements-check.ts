/**
 * Packages that a training script may ask for; the heavy ones must be in the environment or image that trains, since
 * nothing is installed on the agent's own machine. Everything else is refused: a name that a model made up may be a
 * name that somebody registered for that.
 */
export const allowedPackages: ReadonlySet<string> = new Set([
  'accelerate',
  'albumentations',
  'bitsandbytes',
  'catboost',
  'category-encoders',
  'cloudpickle',
  'datasets',
  'efficientnet-pytorch',
  'einops',
  'emoji',
  'evaluate',
  'faiss-cpu',
  'fastai',
  'feature-engine',
  'ftfy',
  'gensim',
  'geopandas',
  'h5py',
  'haversine',
  'hdbscan',
  'holidays',
  'imbalanced-learn',
  'implicit',
  'interpret',
  'joblib',
  'langdetect',
  'librosa',
  'lifelines',
  'lightfm',
  'lightgbm',
  'lightning',
  'linear-tree',
  'matplotlib',
  'narwhals',
  'networkx',
  'ngboost',
  'nibabel',
  'nltk',
  'numba',
  'numpy',
  'opencv-python-headless',
  'openpyxl',
  'optuna',
  'pandas',
  'peft',
  'pillow',
  'polars',
  'prophet',
  'pyarrow',
  'pydicom',
  'python-dateutil',
  'pytorch-forecasting',
  'pytorch-lightning',
  'pytorch-tabnet',
  'pytz',
  'pyyaml',
  'rapidfuzz',
  'rdkit',
  'regex',
  'safetensors',
  'scikit-image',
  'scikit-learn',
  'scipy',
  'seaborn',
  'segmentation-models-pytorch',
  'sentence-transformers',
  'sentencepiece',
  'shap',
  'shapely',
  'sktime',
  'soundfile',
  'spacy',
  'statsmodels',
  'tables',
  'tabm',
  'tabpfn',
  'tensorflow',
  'textstat',
  'threadpoolctl',
  'tiktoken',
  'timm',
  'tokenizers',
  'torch',
  'torch-geometric',
  'torchaudio',
  'torchmetrics',
  'torchvision',
  'tqdm',
  'transformers',
  'tsfresh',
  'umap-learn',
  'unidecode',
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
  for (const line of requirementLines(requirements)) {
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

/** Its lines without comments and blanks. */
export function requirementLines(requirements: string): string[] {
  const lines = requirements.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  return lines.filter((line) => line !== '');
}
