import {
  BusinessFailure,
  ConfigurationFailure,
  type Failure,
  SystemFailure,
  TransientFailure,
} from '../../domain/errors.ts';
import { failureOf, type RefusedAnswer } from '../failure-of.ts';

const shownCharacters = 500;
const refusedWords = /permission|unauthori[sz]ed|not authori[sz]ed|forbidden|api key|not logged in/i;
const service = 'Weights & Biases';

export function refusedFailure(details: Record<string, unknown> = {}): ConfigurationFailure {
  return new ConfigurationFailure(
    `${service} refused our key; set WANDB_API_KEY anew (wandb.ai/authorize), or remove it to keep metrics here alone.`,
    { code: 'wandb.refused', details },
  );
}

/** The key is known, and has no part in the team or the project. */
function forbiddenFailure(details: Record<string, unknown>): ConfigurationFailure {
  return new ConfigurationFailure(
    `${service} does not let our key write there; look at WANDB_ENTITY and WANDB_PROJECT, or set another WANDB_API_KEY.`,
    { code: 'wandb.refused', details },
  );
}

export function noAccessFailure(place: string): ConfigurationFailure {
  return new ConfigurationFailure(
    `${service} has no project ${place} that our key may see; look at WANDB_ENTITY and WANDB_PROJECT.`,
    { code: 'wandb.no_access' },
  );
}

/**
 * What a refusal means. Deleted runs answer 409 or 410, and to lines also 404.
 * Source: wandb core/internal/filestream and core/internal/clients/retry_policy.go: not repeated are 400, 401, 403, 404,
 * 409, 410, 413, 422 and 501, except 409 to upsertBucket; every other status is.
 */
export function wandbFailure(call: 'graphql' | 'lines', answer: RefusedAnswer, now: () => Date): Failure {
  const { status, headers, text } = answer;
  const details = { status, vendorText: text.slice(0, shownCharacters) };
  if (status === 401) return refusedFailure(details);
  if (status === 403) return forbiddenFailure(details);
  if (status === 410 || (call === 'lines' && (status === 404 || status === 409))) {
    return new BusinessFailure(`${service} does not take this run any more; it was deleted there.`, {
      code: 'wandb.run_gone',
      details,
    });
  }
  if (status === 409) {
    return new TransientFailure(`${service} is at odds with itself about a run.`, {
      code: 'wandb.conflict',
      details,
    });
  }
  if ([400, 404, 413, 422, 501].includes(status)) {
    return new SystemFailure(`${service} did not understand a request of ours (HTTP ${status}).`, {
      code: 'wandb.bad_request',
      details,
    });
  }
  const retryAfterMs = resetMsOf(headers);
  if (status === 429) {
    return new TransientFailure(`${service} asks us to slow down.`, {
      code: 'wandb.busy',
      retryAfterMs,
      details: { ...details, surelyNothingHappened: true },
    });
  }
  if (status >= 500) return failureOf('wandb', answer, now);
  return new TransientFailure(`${service} answered with HTTP ${status}.`, { code: 'wandb.failing', details });
}

/** RateLimit-Reset is in seconds. Source: docs.wandb.ai, "Rate limits". */
export function resetMsOf(headers: Headers): number | undefined {
  const seconds = Number(headers.get('ratelimit-reset') ?? headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

/** Errors that stand in an answer of GraphQL, whatever its status. */
export function graphqlFailure(messages: readonly string[]): Failure {
  const vendorText = messages.join('; ').slice(0, shownCharacters);
  if (messages.some((message) => refusedWords.test(message))) return refusedFailure({ vendorText });
  return new SystemFailure(`${service} did not understand a request of ours.`, {
    code: 'wandb.bad_request',
    details: { vendorText },
  });
}
