import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ConfigurationFailure } from '../domain/errors.ts';
import type { PythonMemory } from './python-memory.ts';

const run = promisify(execFile);

/** A cold import of scikit-learn from a slow disk takes many seconds. */
const probeTimeoutMs = 60_000;
const programNames = ['python3', 'python'];

/** What a script would use; of others nobody needs to be told. */
const toldPackages = [
  ...[
    'numpy',
    'scipy',
    'pandas',
    'polars',
    'pyarrow',
    'scikit-learn',
    'statsmodels',
    'joblib',
    'threadpoolctl',
  ],
  ...[
    'lightgbm',
    'xgboost',
    'catboost',
    'category-encoders',
    'imbalanced-learn',
    'optuna',
    'numba',
    'umap-learn',
  ],
  ...[
    'torch',
    'torchvision',
    'timm',
    'transformers',
    'sentence-transformers',
    'tensorflow',
    'nltk',
    'gensim',
    'spacy',
  ],
  ...[
    'pillow',
    'opencv-python-headless',
    'scikit-image',
    'librosa',
    'soundfile',
    'rapidfuzz',
    'networkx',
    'sktime',
  ],
];

/** LightGBM without its system library libgomp fails with OSError, not ImportError. */
const probe = `
import importlib.metadata, importlib.util, json, os, platform, site, sys
found = {"path": sys.executable, "version": platform.python_version(), "lightgbm": False, "packages": {}}
try:
    import pandas, sklearn
    found.update(pandas=pandas.__version__, sklearn=sklearn.__version__)
except Exception:
    pass
try:
    import lightgbm
    found["lightgbm"] = True
except ImportError:
    pass
except Exception:
    # What it lacks may be installed where nobody looks for it.
    found["lasting"] = False
found["ruff"] = importlib.util.find_spec("ruff") is not None
for name in "${toldPackages.join(' ')}".split():
    try:
        found["packages"][name] = importlib.metadata.version(name)
    except Exception:
        pass
found["places"] = sorted({os.path.realpath(sys.executable), site.getusersitepackages(), *filter(None, sys.path)})
print(json.dumps(found))
`;

const foundSchema = z.object({
  /** The interpreter itself, where its name on PATH may be a link or a shim. */
  path: z.string().min(1),
  version: z.string(),
  sklearn: z.string().nullish(),
  pandas: z.string().nullish(),
  lightgbm: z.boolean(),
  ruff: z.boolean(),
  packages: z.record(z.string(), z.string()).default({}),
  /** What changes with every package that is installed or removed. */
  places: z.array(z.string()).default([]),
  lasting: z.boolean().default(true),
});

export type PythonInfo = {
  path: string;
  version: string;
  sklearn: string;
  pandas: string;
  /** True where `import lightgbm` works. */
  lightgbm: boolean;
  /** True where `python -m ruff` works. */
  ruff: boolean;
  /** Versions of installed packages that training scripts use. */
  packages?: Readonly<Record<string, string>>;
};

export type FindPythonOptions = {
  /** The operator's choice; then no other is tried. */
  configured?: string | undefined;
  /** Its `.venv` is one of the candidates. */
  projectRoot: string;
  /** Value of PATH; this process's own by default. */
  searchPath?: string | undefined;
  /** What was found before is believed while nothing was installed or removed; without it each is asked. */
  memory?: PythonMemory;
  signal: AbortSignal;
};

/**
 * The Python that trains: the configured one, else the first on PATH, in the project's `.venv` or at
 * /usr/bin/python3 that has pandas and scikit-learn.
 * @throws ConfigurationFailure `python.missing_packages`
 */
export async function findPython(options: FindPythonOptions): Promise<PythonInfo> {
  const { configured, projectRoot } = options;
  const isChosen = configured !== undefined && configured !== '';
  const candidates = isChosen
    ? [configured]
    : [
        ...programsOn(options.searchPath),
        join(projectRoot, '.venv', 'bin', 'python'),
        join(projectRoot, '.venv', 'Scripts', 'python.exe'),
        '/usr/bin/python3',
      ];
  for (const candidate of new Set(candidates)) {
    const info = await lookOrRecall(candidate, options);
    if (info !== null) return info;
  }
  const what = isChosen
    ? `The configured Python (${configured}) does not start or lacks pandas or scikit-learn`
    : 'No Python with pandas and scikit-learn was found';
  throw new ConfigurationFailure(
    `${what}, so nothing can be trained; run "python3 -m venv .venv" and ".venv/bin/pip install -r runner/requirements.txt" in the project's folder.`,
    { code: 'python.missing_packages', details: { candidates } },
  );
}

function programsOn(searchPath: string | undefined): string[] {
  if (searchPath === undefined) return programNames;
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => programNames.map((name) => join(folder, name)));
}

/** @returns null for one that does not start, or lacks what training needs */
async function lookOrRecall(
  program: string,
  { memory, signal }: FindPythonOptions,
): Promise<PythonInfo | null> {
  const recalled = read((await memory?.recall(program)) ?? '');
  if (recalled !== null) return recalled.info;
  const answer = await ask(program, signal);
  const found = read(answer);
  if (found?.isLasting) await memory?.keep(program, answer, found.places);
  return found?.info ?? null;
}

async function ask(program: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const answer = await run(program, ['-c', probe], { timeout: probeTimeoutMs, signal }).catch(() => null);
  signal.throwIfAborted();
  return answer?.stdout ?? '';
}

function read(answer: string): { info: PythonInfo; places: readonly string[]; isLasting: boolean } | null {
  const parsed = foundSchema.safeParse(parseJson(answer));
  if (!parsed.success) return null;
  const { sklearn, pandas, places, lasting, ...rest } = parsed.data;
  return sklearn && pandas ? { info: { ...rest, sklearn, pandas }, places, isLasting: lasting } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
