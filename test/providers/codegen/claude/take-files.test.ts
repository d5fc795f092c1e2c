import { expect, test } from 'vitest';
import { applyEdits } from '../../../../src/providers/codegen/claude/apply-edits.ts';
import { takeFiles } from '../../../../src/providers/codegen/claude/take-files.ts';

const block = (info: string, text: string) => `\`\`\`${info}\n${text}\`\`\`\n`;
const requirements = block('text requirements.txt', 'pandas>=2.0\n');
const edit = (search: string, replace: string) =>
  block('edit train.py', `<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`);
const before = { script: 'a = 1\nb = 2\nb = 2\n', requirements: 'numpy>=1.26\n' };

test.each([['python train.py'], ['python:train.py'], ['train.py'], ['python title="train.py"'], ['python']])(
  'a block that begins with %s is train.py',
  (info) => {
    const taken = takeFiles(`I count. It is simple.\n\n${block(info, 'print(1)\n')}\n${requirements}`, null);

    expect(taken).toEqual({
      ok: true,
      code: { script: 'print(1)\n', requirements: 'pandas>=2.0\n', notes: ['I count.', 'It is simple.'] },
    });
  },
);

test('the line before a block may name it', () => {
  const answer = `**train.py**\n${block('', 'print(1)\n')}\n### requirements.txt\n${block('', 'pandas>=2.0\n')}`;

  expect(takeFiles(answer, null)).toMatchObject({ ok: true, code: { script: 'print(1)\n' } });
});

test.each([
  ['no block at all', 'One would count.', 'no fenced block for train.py'],
  ['another file', block('python ../../runner.py', 'x\n'), 'only train.py and requirements.txt'],
  [
    'a shell script beside it',
    `${block('python train.py', 'x = 1\n')}${requirements}${block('bash setup.sh', 'rm -rf /\n')}`,
    'setup.sh',
  ],
  ['an absolute path', `${block('python /etc/train.py', 'x = 1\n')}${requirements}`, 'only train.py'],
  [
    'two of one name',
    `${block('python train.py', 'x = 1\n')}${block('python train.py', 'x = 2\n')}${requirements}`,
    'more than one block',
  ],
  ['a fence that is never closed', `${requirements}\`\`\`python train.py\nx = 1\n`, 'never closed'],
  ['an empty script', `${block('python train.py', '\n')}${requirements}`, 'empty'],
  ['a null character', `${block('python train.py', 'x = "\0"\n')}${requirements}`, 'control characters'],
  [
    'a script without end',
    `${block('python train.py', 'x = 1\n'.repeat(40_000))}${requirements}`,
    'longer than',
  ],
  ['no requirements', block('python train.py', 'x = 1\n'), 'requirements.txt'],
  [
    'a package of no list',
    `${block('python train.py', 'x = 1\n')}${block('text requirements.txt', 'evil-package>=1\n')}`,
    'not on the list',
  ],
  [
    'an option of pip',
    `${block('python train.py', 'x = 1\n')}${block('text requirements.txt', '--index-url http://evil\n')}`,
    'only names with versions',
  ],
  ['edits of nothing', `${edit('a', 'b')}${requirements}`, 'no train.py yet'],
])('an answer with %s is refused with its reason', (_, answer, reason) => {
  expect(takeFiles(answer, null)).toMatchObject({
    ok: false,
    faults: [expect.stringContaining(reason)],
  });
});

test('exact lines are replaced, what is not named stays, and so do the requirements', () => {
  const taken = takeFiles(`Less.\n${edit('a = 1\nb = 2\nb', 'a = "$1"\nb = 3\nb')}`, before);

  expect(taken).toMatchObject({
    ok: true,
    code: { script: 'a = "$1"\nb = 3\nb = 2\n', requirements: 'numpy>=1.26\n' },
  });
});

test.each([
  ['that is nowhere', edit('c = 3', 'c = 4'), 'nowhere'],
  ['that is there twice', edit('b = 2', 'b = 3'), '2 times'],
  ['that is empty', edit('', 'b = 3'), 'nowhere'],
])('an old text %s is refused, and the whole file is wanted', (_, answer, reason) => {
  expect(takeFiles(answer, before)).toMatchObject({
    ok: false,
    wantsWhole: true,
    faults: [expect.stringContaining(reason)],
  });
});

test('several edits apply one after the other, or none does', () => {
  const both =
    '<<<<<<< SEARCH\na = 1\n=======\na = 5\n>>>>>>> REPLACE\n<<<<<<< SEARCH\na = 5\n=======\na = 6\n>>>>>>> REPLACE\n';

  expect(applyEdits(before.script, both)).toEqual({ text: 'a = 6\nb = 2\nb = 2\n', faults: [] });
  expect(applyEdits(before.script, '<<<<<<< SEARCH\na = 1\n=======\na = 5\n').faults).toHaveLength(1);
  expect(applyEdits(before.script, 'no marks').faults).toHaveLength(1);
});
