import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const project = resolve(import.meta.dirname, '../..');

type Machine = {
  /** Interpreters on the PATH, in order. */
  interpreters?: Interpreter[];
  /** Debian's own, beside the PATH. */
  system?: Interpreter;
  pipWorks?: boolean;
  /** `apt-get` is there, and the user may use it. */
  apt?: { isRoot: boolean };
  environment?: Record<string, string>;
};
type Interpreter = { name: string; hasPackages: boolean; hasVenv?: boolean };

/** A folder like a fresh checkout, and a PATH on which only the given interpreters exist. */
function chooseOn({ interpreters = [], system, pipWorks = true, apt, environment = {} }: Machine) {
  const folder = mkdtempSync(join(tmpdir(), 'kaggle-agent-python-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'script'));
  mkdirSync(join(folder, 'runner'));
  cpSync(join(project, 'script/choose-python'), join(folder, 'script/choose-python'));
  writeFileSync(join(folder, 'runner/requirements.txt'), 'pandas\n');
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  for (const tool of ['bash', 'dirname', 'rm', 'mkdir', 'cp', 'chmod', 'cat']) {
    symlinkSync(
      execFileSync('bash', ['-c', `type -P ${tool}`], { encoding: 'utf8' }).trim(),
      join(tools, tool),
    );
  }
  const journal = join(folder, 'journal');
  writeFileSync(journal, '');
  const systemPython = join(folder, 'system-python');
  if (system !== undefined) writeInterpreter(systemPython, system, { journal, pipWorks });
  writeProgram(join(tools, 'id'), `echo ${apt?.isRoot === true ? 0 : 1000}`);
  if (apt !== undefined) {
    writeInterpreter(join(folder, 'apt-python'), { name: 'apt', hasPackages: true }, { journal, pipWorks });
    writeProgram(
      join(tools, 'apt-get'),
      `echo "apt-get $*" >>"${journal}"\ncp "${folder}/apt-python" "${systemPython}"`,
    );
  }
  const folders = interpreters.map((interpreter, index) => {
    const place = join(folder, `bin-${index}`);
    mkdirSync(place);
    writeInterpreter(join(place, 'python3'), interpreter, { journal, pipWorks });
    return place;
  });
  const run = spawnSync('bash', [join(folder, 'script/choose-python')], {
    encoding: 'utf8',
    env: {
      PATH: [...folders, tools].join(':'),
      SYSTEM_PYTHON: systemPython,
      ...environmentIn(environment, folder),
    },
  });
  return {
    code: run.status,
    chosen: run.stdout.trim().replace(`${folder}/`, ''),
    told: run.stderr,
    did: readFileSync(journal, 'utf8'),
    hasVenv: existsSync(join(folder, '.venv')),
  };
}

function environmentIn(environment: Record<string, string>, folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace('FOLDER', folder)]),
  );
}

function writeProgram(file: string, body: string): void {
  writeFileSync(file, `#!/bin/bash\n${body}\n`);
  chmodSync(file, 0o755);
}

/** Answers the three questions that are asked of an interpreter, and makes environments like itself. */
function writeInterpreter(
  file: string,
  { name, hasPackages, hasVenv = false }: Interpreter,
  { journal, pipWorks }: { journal: string; pipWorks: boolean },
): void {
  const environmentPython = `#!/bin/bash
echo "pip $*" >>"${journal}"
case "$*" in
  *'-m pip install'*) ${pipWorks ? 'echo installed >"$0.done"; exit 0' : 'exit 1'} ;;
  *'import pandas'*) [ -e "$0.done" ] ;;
esac`;
  writeProgram(
    file,
    `case "$*" in
  *'import pandas'*) exit ${hasPackages ? 0 : 1} ;;
  *'import venv'*) exit ${hasVenv ? 0 : 1} ;;
  *'-m venv'*)
    echo "venv by ${name}" >>"${journal}"
    mkdir -p "$3/bin"
    cat >"$3/bin/python" <<'PYTHON'
${environmentPython}
PYTHON
    chmod 755 "$3/bin/python" ;;
esac`,
  );
}

test('an interpreter that has the packages already is taken, the first one on the PATH', () => {
  const { code, chosen, did } = chooseOn({
    interpreters: [
      { name: 'bare', hasPackages: false, hasVenv: true },
      { name: 'full', hasPackages: true },
      { name: 'also full', hasPackages: true },
    ],
  });

  expect([code, chosen, did]).toEqual([0, 'bin-1/python3', '']);
});

test('KAGGLE_AGENT_PYTHON wins over everything, and is refused in a sentence when it lacks the packages', () => {
  const interpreters = [
    { name: 'full', hasPackages: true },
    { name: 'other', hasPackages: true },
    { name: 'bare', hasPackages: false },
  ];

  const taken = chooseOn({ interpreters, environment: { KAGGLE_AGENT_PYTHON: 'FOLDER/bin-1/python3' } });
  const refused = chooseOn({ interpreters, environment: { KAGGLE_AGENT_PYTHON: 'FOLDER/bin-2/python3' } });

  expect([taken.code, taken.chosen]).toEqual([0, 'bin-1/python3']);
  expect([refused.code, refused.chosen]).toEqual([3, '']);
  expect(refused.told).toContain('which has no pandas and scikit-learn');
});

test('else an environment of our own is made and filled from the requirements', () => {
  const { code, chosen, did } = chooseOn({
    interpreters: [
      { name: 'without venv', hasPackages: false },
      { name: 'with venv', hasPackages: false, hasVenv: true },
    ],
    apt: { isRoot: true },
  });

  expect([code, chosen]).toEqual([0, '.venv/bin/python']);
  expect(did).toContain('venv by with venv');
  expect(did).toMatch(/-m pip install --retries 1 --timeout 15 .*-r runner\/requirements\.txt/);
  expect(did).not.toContain('apt-get');
});

test("where pip cannot install, the half-made environment goes and root takes Debian's packages", () => {
  const { code, chosen, did, hasVenv } = chooseOn({
    interpreters: [{ name: 'with venv', hasPackages: false, hasVenv: true }],
    pipWorks: false,
    apt: { isRoot: true },
  });

  expect([code, chosen, hasVenv]).toEqual([0, 'system-python', false]);
  expect(did).toContain('apt-get install -y --no-install-recommends python3-sklearn python3-pandas');
});

test("with no Python at all root takes Debian's packages", () => {
  const { code, chosen } = chooseOn({ apt: { isRoot: true } });

  expect([code, chosen]).toEqual([0, 'system-python']);
});

test("Debian's Python is taken beside the PATH when it has the packages, without installing anything", () => {
  const { code, chosen, did } = chooseOn({
    interpreters: [{ name: 'bare', hasPackages: false }],
    system: { name: 'debian', hasPackages: true },
  });

  expect([code, chosen, did]).toEqual([0, 'system-python', '']);
});

test('where nothing can be had the message says what to run, and the exit code is 3', () => {
  const debian = chooseOn({ apt: { isRoot: false } });
  const other = chooseOn({});

  expect([debian.code, other.code]).toEqual([3, 3]);
  expect(debian.told).toContain('sudo apt-get install python3-sklearn python3-pandas');
  expect(other.told).toContain('KAGGLE_AGENT_PYTHON=/path/to/python script/setup');
});
