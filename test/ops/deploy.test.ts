import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { runnerInImage } from '../../src/providers/compute/runner-boot.ts';
import { loadTestConfig } from '../support/test-config.ts';
import { parseScrape, someMetrics } from './ops-kit.ts';
import { readPromql } from './promql.ts';

const deploy = resolve(import.meta.dirname, '../../deploy');
const root = resolve(deploy, '..');
const read = (path: string): string => readFileSync(join(deploy, path), 'utf8');

const rule = z.strictObject({
  alert: z.string().regex(/^KaggleAgent[A-Za-z]+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+[smh]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
  annotations: z.strictObject({ summary: z.string().max(120), description: z.string() }),
});
const rulesFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule).min(1) })),
});
const rules = () =>
  rulesFile.parse(parse(read('prometheus/alerts.yml'))).groups.flatMap((group) => group.rules);

const panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string().min(1),
  targets: z.array(z.object({ expr: z.string() })).optional(),
});
const dashboard = z.object({ uid: z.literal('kaggle-agent'), panels: z.array(panel) });
const panels = () => dashboard.parse(JSON.parse(read('grafana/dashboards/kaggle-agent.json'))).panels;

/** Labels of every metric of a real scrape; Prometheus adds its own. */
async function labelsByMetric(): Promise<Map<string, ReadonlySet<string>>> {
  const metrics = someMetrics();
  const { types } = parseScrape(await metrics.render());
  const own = new Map(metrics.list.map(({ name, labels }) => [name, labels]));
  const found = new Map<string, ReadonlySet<string>>([['up', new Set(['job', 'instance'])]]);
  for (const [name, type] of types) {
    const labels = [...(own.get(name) ?? []), 'job', 'instance'];
    if (type !== 'histogram') found.set(name, new Set(labels));
    else {
      for (const suffix of ['_bucket', '_sum', '_count'])
        found.set(name + suffix, new Set([...labels, 'le']));
    }
  }
  return found;
}

async function faultsOf(expressions: readonly string[]): Promise<string[]> {
  const known = await labelsByMetric();
  return expressions.flatMap((expression) => {
    const { selectors, grouped } = readPromql(expression);
    if (selectors.length === 0) return [`no metric in ${expression}`];
    const allowed = new Set(selectors.flatMap(({ metric }) => [...(known.get(metric) ?? [])]));
    return [
      ...selectors.flatMap(({ metric, labels }) => {
        const has = known.get(metric);
        if (has === undefined) return [`no metric ${metric}`];
        return Object.keys(labels)
          .filter((label) => !has.has(label))
          .map((label) => `${metric} has no ${label}`);
      }),
      ...grouped
        .filter((label) => !allowed.has(label))
        .map((label) => `nothing has ${label} in ${expression}`),
    ];
  });
}

test('every metric and label that an alert names is in a real scrape', async () => {
  const all = rules();

  expect(all.length).toBeGreaterThan(20);
  expect(new Set(all.map(({ alert }) => alert)).size).toBe(all.length);
  expect(await faultsOf(all.map(({ expr }) => expr))).toEqual([]);
  // Nobody is paged for a moment's trouble, but for what counts over a time anyway.
  const sudden = all.filter((one) => one.for === undefined && !/\[\d+[mh]\]|budget/.test(one.expr));
  expect(sudden).toEqual([]);
});

test('every label that an alert speaks of survives its expression', () => {
  for (const { alert, expr, annotations } of rules()) {
    const spoken = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(
      ([, label = '']) => label,
    );
    const isWhole = /^(?:max|sum|min|absent)\(/.test(expr);
    expect([alert, isWhole ? spoken : []]).toEqual([alert, []]);
    const { grouped } = readPromql(expr);
    if (grouped.length > 0) expect(grouped, alert).toEqual(expect.arrayContaining(spoken));
  }
});

test('every metric and label that the dashboard names is in a real scrape', async () => {
  const all = panels();
  const expressions = all.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(await faultsOf(expressions)).toEqual([]);
  const named = new Set(
    expressions.flatMap((text) => readPromql(text).selectors.map(({ metric }) => metric)),
  );
  const alerted = new Set(
    rules().flatMap(({ expr }) => readPromql(expr).selectors.map(({ metric }) => metric)),
  );
  const unused = someMetrics()
    .list.map(({ name }) => name)
    .filter(
      (name) =>
        ![...named, ...alerted].some(
          (metric) => metric.replace(/_(bucket|sum|count)$/, '') === name || metric === name,
        ),
    );
  // What is measured and shown nowhere is noise, but for these, which are for questions of the moment.
  expect(unused).toEqual(['kaggle_agent_process_role', 'kaggle_agent_competition_round']);
});

test('a wrong expression, metric or label is noticed', async () => {
  expect(() => readPromql('sum(up')).toThrow('brackets');
  expect(() => readPromql('max(up) $ 1')).toThrow('not understood');
  expect(await faultsOf(['max(kaggle_agent_nothing)'])).toEqual(['no metric kaggle_agent_nothing']);
  expect(await faultsOf(['kaggle_agent_processes{rol="x"}'])).toEqual(['kaggle_agent_processes has no rol']);
  expect(await faultsOf(['sum by (slug) (kaggle_agent_processes)'])).toHaveLength(1);
});

test('the files of Prometheus, Alertmanager and Grafana are read, and fit each other', () => {
  const prometheus = z
    .object({
      rule_files: z.tuple([z.string()]),
      scrape_configs: z.tuple([z.object({ job_name: z.literal('kaggle-agent') })]),
    })
    .parse(parse(read('prometheus/prometheus.yml')));
  const alertmanager = z
    .object({
      route: z.object({ receiver: z.string(), routes: z.array(z.object({ receiver: z.string() })) }),
      inhibit_rules: z.array(
        z.object({ source_matchers: z.array(z.string()), target_matchers: z.array(z.string()) }),
      ),
      receivers: z.array(z.object({ name: z.string() })),
    })
    .parse(parse(read('alertmanager/alertmanager.yml')));
  const names = rules().map(({ alert }) => alert);

  expect(existsSync(join(deploy, 'prometheus', prometheus.rule_files[0]))).toBe(true);
  expect(alertmanager.receivers.map(({ name }) => name)).toContain(alertmanager.route.receiver);
  const inhibited = alertmanager.inhibit_rules.flatMap(({ source_matchers: by, target_matchers: what }) => [
    ...by,
    ...what,
  ]);
  for (const matcher of inhibited) {
    const [, prefix = '', list] = /^alertname=~?"(KaggleAgent\w*)(?:\((.*)\))?"$/.exec(matcher) ?? [];
    for (const end of list?.split('|') ?? ['']) expect(names).toContain(prefix + end);
  }
  for (const path of ['datasources/prometheus.yml', 'dashboards/kaggle-agent.yml']) {
    expect(parse(read(`grafana/provisioning/${path}`))).toMatchObject({ apiVersion: 1 });
  }
});

test('the page on monitoring explains every alert', () => {
  const page = readFileSync(join(root, 'docs/how-to/monitoring.md'), 'utf8');

  expect(
    rules()
      .filter(({ alert }) => !page.includes(`\`${alert}\``))
      .map(({ alert }) => alert),
  ).toEqual([]);
});

test('the image for rented machines begins as the settings do, and leaves the command to the vendor', () => {
  const lines = read('runner/Dockerfile').split('\n');
  const pins = read('runner/requirements.txt')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  expect(lines).toContain(`ARG BASE=${loadTestConfig({}).gpu.image}`);
  expect(lines).toContain('ENTRYPOINT []');
  expect(lines).toContain('USER job');
  const copied = lines.flatMap((line) => /^COPY (\S+) (\S+)$/.exec(line)?.slice(1) ?? []);
  expect(copied).toEqual([
    'deploy/runner/requirements.txt',
    '/opt/kaggle-agent/requirements.txt',
    'runner/*.py',
    `${runnerInImage}/`,
  ]);
  expect(pins.filter((line) => !/^[a-z-]+==\d[\d.]*$/.test(line))).toEqual([]);
  // What a script may count on is there, but for the tool that only the host needs.
  const promised = readFileSync(join(root, 'runner/requirements.txt'), 'utf8').matchAll(/^([a-z-]+)>=/gm);
  const names = pins.map((line) => line.split('==')[0]);
  expect([...promised].map(([, name]) => name).filter((name) => !names.includes(name))).toEqual(['ruff']);
});

function onPath(program: string): string | null {
  const { PATH: path = '' } = process.env;
  return (
    path
      .split(delimiter)
      .map((folder) => join(folder, program))
      .find(existsSync) ?? null
  );
}

const promtool = onPath('promtool');
test.skipIf(promtool === null)(
  'promtool accepts the rules and what they do (needs promtool on the PATH)',
  async () => {
    const run = promisify(execFile);
    const cwd = join(deploy, 'prometheus');

    await run(promtool ?? '', ['check', 'config', 'prometheus.yml'], { cwd });
    await expect(run(promtool ?? '', ['test', 'rules', 'alerts.test.yml'], { cwd })).resolves.toMatchObject({
      stdout: expect.stringContaining('SUCCESS'),
    });
  },
);

const amtool = onPath('amtool');
test.skipIf(amtool === null)('amtool accepts the routes (needs amtool on the PATH)', async () => {
  const run = promisify(execFile)(amtool ?? '', ['check-config', 'alertmanager.yml'], {
    cwd: join(deploy, 'alertmanager'),
  });

  await expect(run).resolves.toMatchObject({ stdout: expect.stringContaining('SUCCESS') });
});
