import { neededRole, type Permission } from '../../domain/permissions.ts';
import type { Role } from '../../domain/person.ts';
import { hasRole } from '../../domain/person.ts';
import { answerDenied } from '../answers/denied.ts';
import type { Reply } from '../door.ts';
import { privately, type Turn } from './turn.ts';

type About = { slug?: string | null; decisionKind?: string | null };

/**
 * Asks whether the person may do that.
 * @returns null where they may; else what they are told, and the refusal is in the audit log
 */
export async function refuse(turn: Turn, permission: Permission, about: About = {}): Promise<Reply | null> {
  const { slug = null, decisionKind = null } = about;
  const needed = neededRole(permission, decisionKind);
  if (hasRole(turn.person.role, needed)) return null;
  await turn.flows.recordRefusal({ action: permission, slug }).catch((err: unknown) => {
    turn.log.warn({ err, permission }, 'a refusal could not be written down');
  });
  return privately(turn, (scene) =>
    answerDenied(scene, { needed, slug: isAnswering(permission) ? slug : null, who: whoCan(turn, needed) }),
  );
}

function isAnswering(permission: Permission): boolean {
  return permission === 'decide' || permission === 'note';
}

/** Markup, as the platform writes it; null where it does not say. */
function whoCan({ where }: Turn, needed: Role): string | null {
  return where.whoCan?.(needed) ?? null;
}
