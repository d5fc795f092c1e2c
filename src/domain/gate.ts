import { BusinessFailure } from './errors.ts';

/**
 * What stands between our account and a competition, told apart. The one place that says who can open which gate,
 * where, and what each means.
 * Source: the API's own refusals and fields (`userHasEntered`, `newEntrantDeadline`, `deadline`, `submissionsDisabled`,
 * `isKernelsSubmissionsOnly`), as Kaggle/kaggle-cli and Kaggle/kagglesdk know them.
 */
export const gateKinds = [
  'rules_not_accepted',
  'not_entered',
  'verification_required',
  'invitation_only',
  'access_denied',
  'entry_closed',
  'deadline_passed',
  'submissions_disabled',
  'code_competition',
  'unknown_competition',
] as const;

export type GateKind = (typeof gateKinds)[number];

/** Who can open it: a person on Kaggle's website, the competition's host, or nobody. */
type GateOpener = 'person' | 'host' | 'nobody';

const openers: Readonly<Record<GateKind, GateOpener>> = {
  rules_not_accepted: 'person',
  not_entered: 'person',
  verification_required: 'person',
  invitation_only: 'person',
  access_denied: 'person',
  entry_closed: 'nobody',
  deadline_passed: 'nobody',
  submissions_disabled: 'host',
  code_competition: 'nobody',
  unknown_competition: 'nobody',
};

/** True where a person can open it, so that waiting for one makes sense. */
export function isForPerson(kind: GateKind): boolean {
  return openers[kind] === 'person';
}

/**
 * True where the competition's own entry shows whether the gate is open. Of the others only the refused call itself
 * could tell.
 */
export function isShownByEntry(kind: GateKind): boolean {
  return kind === 'rules_not_accepted' || kind === 'not_entered' || kind === 'invitation_only';
}

/** The code of the failure that a gate is thrown as. */
export function gateCode(kind: GateKind): `kaggle.${GateKind}` {
  return `kaggle.${kind}`;
}

/** The gate that a failure's code names; null for any other failure. */
export function gateOfCode(code: string): GateKind | null {
  return gateKinds.find((kind) => gateCode(kind) === code) ?? null;
}

const website = 'https://www.kaggle.com';

/** The competition's page: as Kaggle gives it where it is one of Kaggle's, else made of the slug. */
export function competitionPage(slug: string, url?: string | null): string {
  const given = url?.replace(/[?#].*$/, '').replace(/\/+$/, '') ?? '';
  return /^https:\/\/www\.kaggle\.com\/(c|competitions)\/[a-z0-9-]+$/.test(given)
    ? given
    : `${website}/competitions/${encodeURIComponent(slug)}`;
}

/** What Kaggle wants to be verified, as far as its words say. */
export type Verification = 'phone' | 'identity' | 'account';

/** Reads what is to be verified from Kaggle's words. */
export function verificationOf(vendorText: string): Verification {
  if (/phone|sms|mobile/i.test(vendorText)) return 'phone';
  return /identit|government|passport|persona\b|\bid\b/i.test(vendorText) ? 'identity' : 'account';
}

export type GateSubject = {
  slug: string;
  title?: string | undefined;
  url?: string | null | undefined;
  deadline?: Date | null | undefined;
  /** Of `verification_required`. */
  verification?: Verification | undefined;
  /** Of `rules_not_accepted`: the account had entered before, so the rules are to be accepted anew. */
  isAnew?: boolean | undefined;
};

export type GateWords = {
  /** One sentence: what it is and what it means. */
  sentence: string;
  /** One sentence: what a person does about it; null where nobody can do anything. */
  task: string | null;
  /** Where a person does that. */
  link: string | null;
};

/** What a gate means for a competition, what to do about it, and where. */
export function describeGate(kind: GateKind, subject: GateSubject): GateWords {
  const page = competitionPage(subject.slug, subject.url);
  return words[kind](subject.title ?? subject.slug, page, subject);
}

type Describe = (name: string, page: string, subject: GateSubject) => GateWords;

const settingsOf: Readonly<Record<Verification, string>> = {
  phone: `${website}/settings/phone`,
  identity: `${website}/settings`,
  account: `${website}/settings`,
};
const verified: Readonly<Record<Verification, string>> = {
  phone: 'phone number',
  identity: 'identity',
  account: 'phone number or identity',
};

const words: Readonly<Record<GateKind, Describe>> = {
  rules_not_accepted: (name, page, { isAnew }) => ({
    sentence: isAnew
      ? `The rules of ${name} must be accepted anew, and only a person can do that.`
      : `The rules of ${name} are not accepted yet, and only a person can do that.`,
    task: `Open ${page}/rules, join the competition and accept its rules.`,
    link: `${page}/rules`,
  }),
  not_entered: (name, page) => ({
    sentence: `Our account had entered ${name} and is not in it any more, or the token is now another account's.`,
    task: `Join again at ${page}/rules, or set the token of the account that had entered.`,
    link: `${page}/rules`,
  }),
  verification_required: (_name, _page, { verification = 'account' }) => ({
    sentence: `Kaggle wants the ${verified[verification]} of our account to be verified first.`,
    task: `Verify it at ${settingsOf[verification]}.`,
    link: settingsOf[verification],
  }),
  invitation_only: (name, page) => ({
    sentence: `${name} takes invited accounts only, and ours is none of them.`,
    task: `Ask its host for an invitation, or accept the one that you have, at ${page}.`,
    link: page,
  }),
  access_denied: (name, page) => ({
    sentence: `Kaggle refuses our account something in ${name}, although it has entered and the competition is open, and gives no reason that we know.`,
    task: `Open ${page} and look what it asks of you: a verification, new rules, an invitation; a token made with fewer rights is refused so, too.`,
    link: page,
  }),
  entry_closed: (name) => ({
    sentence: `${name} takes no new entrants any more, and our account had not entered.`,
    task: null,
    link: null,
  }),
  deadline_passed: (name, _page, { deadline }) => ({
    sentence: `${name} ended${deadline == null ? '' : ` on ${deadline.toISOString().slice(0, 10)}`}, so nothing can be submitted.`,
    task: null,
    link: null,
  }),
  submissions_disabled: (name) => ({
    sentence: `${name} takes no submissions at present: its host has switched them off.`,
    task: null,
    link: null,
  }),
  code_competition: (name) => ({
    sentence: `${name} takes notebooks only, which the agent cannot submit as it is set up now.`,
    task: null,
    link: null,
  }),
  unknown_competition: (name) => ({
    sentence: `Kaggle has no competition ${name} that our account can see.`,
    task: null,
    link: null,
  }),
};

/** What the button to a gate's link is called by. */
export function linkKindOf(link: string): 'rules' | 'settings' | 'page' {
  if (link.endsWith('/rules')) return 'rules';
  return link.startsWith(`${website}/settings`) ? 'settings' : 'page';
}

/** A competition's entry as far as it tells of gates. */
export type GateFacts = {
  deadline: Date | null;
  newEntrantDeadline?: Date | null;
  hasEntered: boolean;
  submissionsDisabled: boolean;
  takesNotebooksOnly: boolean;
};

/**
 * The first gate that a competition's entry shows, those that nobody of ours can open first: asking a person for
 * something that changes nothing would be worse than saying no.
 * @param hasNotebookPath code competitions can be taken part in
 * @returns null where the way is free, as far as the entry shows
 */
export function findGate(
  facts: GateFacts,
  now: Date,
  { hasNotebookPath = false }: { hasNotebookPath?: boolean } = {},
): GateKind | null {
  const isPast = (date: Date | null | undefined) => date != null && date.getTime() <= now.getTime();
  if (isPast(facts.deadline)) return 'deadline_passed';
  if (facts.submissionsDisabled) return 'submissions_disabled';
  if (facts.takesNotebooksOnly && !hasNotebookPath) return 'code_competition';
  if (facts.hasEntered) return null;
  return isPast(facts.newEntrantDeadline) ? 'entry_closed' : 'rules_not_accepted';
}

/** A gate as the failure that is thrown where nobody waits at it. */
export function gateFailure(
  kind: GateKind,
  subject: GateSubject,
  options: { details?: Record<string, unknown>; cause?: unknown } = {},
): BusinessFailure {
  const { sentence, task, link } = describeGate(kind, subject);
  return new BusinessFailure(task === null ? sentence : `${sentence} ${task}`, {
    code: gateCode(kind),
    cause: options.cause,
    details: { slug: subject.slug, ...(link === null ? {} : { link }), ...options.details },
  });
}
