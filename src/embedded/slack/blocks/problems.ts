import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** What Slack writes beside `invalid_blocks` and `invalid_arguments`: what is wrong, and where. */
export function describeIssues(issues: readonly Issue[], root: string): string[] {
  return issues.flatMap((issue) => describeIssue(issue, root));
}

export function problemAt(path: string, what: string): string {
  return `[ERROR] ${what} [json-pointer:${path}]`;
}

function describeIssue(issue: Issue, root: string): string[] {
  const path = [root, ...issue.path.map(String)].join('/');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => problemAt(path, `invalid additional property: ${key}`));
  }
  return [problemAt(path, what(issue))];
}

function what(issue: Issue): string {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string'
        ? `must be less than ${Number(issue.maximum) + 1} characters`
        : issue.origin === 'array'
          ? `no more than ${issue.maximum} items allowed`
          : `must be at most ${issue.maximum}`;
    case 'too_small':
      return issue.origin === 'string'
        ? `must be more than ${Number(issue.minimum) - 1} characters`
        : issue.origin === 'array'
          ? `no fewer than ${issue.minimum} items allowed`
          : `must be at least ${issue.minimum}`;
    case 'invalid_union':
      return 'unsupported type';
    case 'invalid_type':
      return issue.message.includes('undefined')
        ? `missing required field: ${String(issue.path.at(-1))}`
        : `must be a ${issue.expected}`;
    case 'invalid_value':
      return `must be one of: ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}
