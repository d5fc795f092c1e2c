import { expect, test } from 'vitest';
import { chooseBase, writeDockerfile } from '../../src/domain/dockerfile.ts';

const bases = { cpu: 'python:{python}-slim', gpu: 'pytorch/pytorch:2.9.1' };

test('tables get the slim base of the Python that trains, networks that of the graphics card', () => {
  const table = 'numpy==2.1.0\nlightgbm==4.5.0\n';

  expect(chooseBase(bases, table, '3.11.2')).toEqual({ kind: 'cpu', base: 'python:3.11-slim' });
  expect(chooseBase(bases, table, null)).toEqual({ kind: 'cpu', base: 'python:3.12-slim' });
  expect(chooseBase(bases, `${table}torch==2.9.0\n`, '3.11.2')).toEqual({
    kind: 'gpu',
    base: 'pytorch/pytorch:2.9.1',
  });
  expect(chooseBase(bases, 'torchless==1\n', '3.11.2')).toMatchObject({ kind: 'cpu' });
});

test('the same input gives the same Dockerfile, whose scripts run as nobody special', () => {
  const image = { kind: 'cpu', base: 'python:3.11-slim', content: 'runner' } as const;

  const text = writeDockerfile(image);

  expect(writeDockerfile(image)).toBe(text);
  expect(text.startsWith('FROM python:3.11-slim\n')).toBe(true);
  expect(text).toMatch(
    /USER job\nENTRYPOINT \[\]\nCMD \["python", "-u", "\/opt\/kaggle-agent\/runner\/runner.py", "--help"\]\n$/,
  );
  expect(text).not.toMatch(/ARG|SECRET|TOKEN|PASSWORD/);
  expect(writeDockerfile({ ...image, content: 'script' })).toMatch(/"\/job\/train.py"\]\n$/);
});

test('what the base of the graphics card brings is not installed over it', () => {
  const text = writeDockerfile({ kind: 'gpu', base: 'pytorch/pytorch:2.9.1', content: 'runner' });

  const pattern = /grep -viE '([^']+)'/.exec(text)?.[1] ?? '';
  const isBrought = (line: string) => new RegExp(pattern, 'i').test(line);
  expect(['torch==2.9.1', 'torchvision==0.24', 'nvidia-cublas-cu12==12.8'].every(isBrought)).toBe(true);
  expect(['timm==1.0', 'torchmetrics==1.4', 'numpy==2.1'].some(isBrought)).toBe(false);
});
