import type { NodeResult } from '../../src/domain/node-detail.ts';
import type { BriefQuery } from '../../src/domain/research-brief.ts';
import type { NodeView } from '../../src/domain/search-views.ts';
import { aNodeDetail, aNodeView } from './tree-views.ts';

/** A query that was answered; takes only what the test is about. */
export function aQuery(overrides: Partial<BriefQuery> = {}): BriefQuery {
  return {
    round: 1,
    kind: 'features',
    status: 'done',
    provider: 'playbook',
    asked: [],
    summary: '',
    findings: [],
    sources: [],
    report: null,
    error: null,
    ...overrides,
  };
}

/** A query of which every text is from outside. */
export function hostileQuery(text: string): BriefQuery {
  const source = { title: text, url: `javascript:${text}` };
  return aQuery({
    kind: text,
    provider: text,
    asked: [
      { provider: text, outcome: 'failed', message: text },
      { provider: text, outcome: 'skipped', code: text },
    ],
    summary: text,
    findings: [{ claim: text, sources: [source] }],
    sources: [source],
    error: text,
  });
}

export function hostileNode(text: string): NodeView {
  return aNodeView({
    name: text,
    title: text,
    family: text,
    status: 'failed',
    failedCheck: text,
    error: text,
  });
}

export function hostileDetail(text: string): NodeResult {
  const detail = aNodeDetail({ node: hostileNode(text), generator: text });
  const finding = { rule: text, line: 1, severity: 'fail' as const, message: text };
  return {
    found: true,
    detail: {
      ...detail,
      plan: {
        ...{ rationale: text, features: [text], requirements: [text], sources: [] },
        models: [{ kind: text, params: {} }],
      },
      parents: [{ number: 1, name: text }],
      gate: {
        ...{ passed: false, estimateSeconds: null, estimateMemoryBytes: null },
        checks: [{ name: text, status: 'failed', seconds: 1, message: text, findings: [finding] }],
        review: { leakage: 'certain', reason: text, summary: text },
      },
      run: { ...detail.run, examined: { reason: text, outcome: text, detail: text } },
      ablations: [{ part: text, loss: 0.1 }],
    },
  };
}
