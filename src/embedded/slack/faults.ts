import type { SlackFaults } from './contract.ts';

export type Fault =
  | { kind: 'rate_limit'; retryAfterSeconds: number }
  | { kind: 'status'; status: number }
  | { kind: 'refusal'; error: string }
  | { kind: 'drop_after' };

export type FaultPlan = {
  /** What is to go wrong with this call, if anything. Each call asks once. */
  next(method: string): Fault | null;
  isOutage(): boolean;
  /** Whether the event that is sent now is to be sent twice. */
  takeDuplicate(): boolean;
  /** How often this upload is refused before it may be shown. */
  takeSlowFile(): boolean;
  areTokensRevoked(): boolean;
  controls: SlackFaults;
};

/** What the plan needs of the workspace's connections. */
export type FaultTargets = {
  dropSockets(reason: 'refresh_requested' | 'warning' | 'link_disabled' | null): void;
  /** Tells the app that its tokens are gone. */
  announceRevocation(): Promise<void>;
};

export function createFaultPlan(targets: () => FaultTargets): FaultPlan {
  const rules: { method: string | null; left: number; fault: Fault }[] = [];
  let isOutage = false;
  let duplicates = 0;
  let slowFiles = 0;
  let areTokensRevoked = false;

  const add = (method: string | null, count: number, fault: Fault): void => {
    rules.push({ method, left: count, fault });
  };

  return {
    next(method) {
      const rule = rules.find(({ method: name, left }) => left > 0 && (name === null || name === method));
      if (rule === undefined) return null;
      rule.left -= 1;
      return rule.fault;
    },
    isOutage: () => isOutage,
    takeDuplicate() {
      if (duplicates === 0) return false;
      duplicates -= 1;
      return true;
    },
    takeSlowFile() {
      if (slowFiles === 0) return false;
      slowFiles -= 1;
      return true;
    },
    areTokensRevoked: () => areTokensRevoked,
    controls: {
      rateLimit: ({ method, count, retryAfterSeconds }) =>
        add(method, count, { kind: 'rate_limit', retryAfterSeconds }),
      fail: ({ method, count, status }) => add(method, count, { kind: 'status', status }),
      refuse: ({ method, count, error }) => add(method, count, { kind: 'refusal', error }),
      dropAfterEffect: ({ method, count }) => add(method, count, { kind: 'drop_after' }),
      outage(isOn) {
        isOutage = isOn;
        if (isOn) targets().dropSockets(null);
      },
      dropSockets: (reason) => targets().dropSockets(reason ?? null),
      duplicateNextEvent() {
        duplicates += 1;
      },
      slowFiles(count) {
        slowFiles += count;
      },
      revokeTokens() {
        areTokensRevoked = true;
        void targets()
          .announceRevocation()
          .finally(() => targets().dropSockets('link_disabled'));
      },
      restoreTokens() {
        areTokensRevoked = false;
      },
    },
  };
}
