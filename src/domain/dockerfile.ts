/** Base images, their tags pinned by the configuration. `{python}` stands for the training Python's minor version. */
export type BaseImages = { cpu: string; gpu: string };
export type ImageKind = keyof BaseImages;

/** What asks for a graphics card's image. */
const gpuPackages =
  /^(torch|torchvision|torchaudio|tensorflow|transformers|timm|sentence-transformers|accelerate)(?=[=<>~! ]|$)/i;
const fallbackPython = '3.12';

/**
 * The base image for a script: with a graphics card's libraries where its requirements name one of their packages.
 * @param pythonVersion of the interpreter that the requirements were pinned for, e.g. `3.11.2`
 */
export function chooseBase(
  bases: BaseImages,
  requirements: string,
  pythonVersion: string | null,
): { kind: ImageKind; base: string } {
  const kind = requirements.split('\n').some((line) => gpuPackages.test(line.trim())) ? 'gpu' : 'cpu';
  const minor = /^\d+\.\d+/.exec(pythonVersion ?? '')?.[0] ?? fallbackPython;
  return { kind, base: bases[kind].replaceAll('{python}', minor) };
}

/** The graphics card's base brings these in the build that fits its driver. */
const broughtByGpuBase = '^(torch|torchvision|torchaudio|triton|nvidia-[a-z0-9-]+)[=<>~! ]';
/** No user of the host has this number. */
const userId = 10_001;

/**
 * A Dockerfile: the same input gives the same text. It holds no secret, and what runs in it is no administrator.
 * @param content `script`: train.py, for running a bundle by hand; `runner`: the runner, which fetches its job
 */
export function writeDockerfile(image: {
  kind: ImageKind;
  base: string;
  content: 'script' | 'runner';
}): string {
  const lines = [
    `FROM ${image.base}`,
    'ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1',
    'RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*',
    `RUN useradd --create-home --uid ${userId} job`,
    'WORKDIR /job',
    'COPY requirements.txt /job/requirements.txt',
    installLine(image.kind),
    ...(image.content === 'script' ? scriptLines : runnerLines),
  ];
  return `${lines.join('\n')}\n`;
}

function installLine(kind: ImageKind): string {
  if (kind === 'cpu') return 'RUN pip install --only-binary :all: -r requirements.txt';
  return (
    `RUN grep -viE '${broughtByGpuBase}' requirements.txt > /tmp/missing.txt; ` +
    'pip install --only-binary :all: -r /tmp/missing.txt && rm /tmp/missing.txt'
  );
}

const scriptLines = [
  'COPY train.py manifest.json test_outputs.py /job/',
  'USER job',
  'ENTRYPOINT ["python", "-u", "/job/train.py"]',
];

const runnerLines = [
  'COPY runner /opt/kaggle-agent/runner',
  'USER job',
  // Vendors hand over a whole command, which an entrypoint would take for its arguments.
  'ENTRYPOINT []',
  'CMD ["python", "-u", "/opt/kaggle-agent/runner/runner.py", "--help"]',
];
