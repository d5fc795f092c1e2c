import type { GateKind, GateSubject } from '../../domain/gate.ts';
import type { Competition } from '../../state/competitions.ts';
import type { Gate } from '../../state/gates.ts';

type Known = Pick<Gate['details'], 'verification' | 'hasEntered'>;

/** A stored competition as the words about its gate need it. */
export function subjectOf(
  { slug, title, details }: Pick<Competition, 'slug' | 'title' | 'details'>,
  kind: GateKind,
  { verification, hasEntered }: Known,
): GateSubject {
  return {
    slug,
    title,
    url: details.url ?? null,
    verification,
    isAnew: kind === 'rules_not_accepted' && hasEntered === true,
  };
}
