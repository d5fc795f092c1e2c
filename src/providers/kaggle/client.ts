import { ConfigurationFailure, Failure } from '../../domain/errors.ts';
import { createKaggleCalls, type KaggleCalls, type KaggleOptions, refusalDetails } from './calls.ts';
import { createCompetitionCalls } from './competitions.ts';
import type { KaggleAccount, KaggleClient } from './contract.ts';
import { createDataCalls } from './data-files.ts';
import { createDiscoveryCalls } from './discovery-calls.ts';
import { createForumCalls } from './forum.ts';
import { createLeaderboardCalls } from './leaderboard.ts';
import { createNotebookCalls } from './notebooks.ts';
import { createRefusals } from './refusals.ts';
import { competitionListSchema, introspectionSchema } from './schemas.ts';
import { createSubmissionCalls } from './submissions.ts';

/**
 * The Kaggle API, or whatever speaks it (the practice arena).
 * Source: the public API v1 as Kaggle/kaggle-cli 2.2 and Kaggle/kagglesdk use it.
 */
export function createKaggleClient(options: KaggleOptions): KaggleClient {
  const calls = createKaggleCalls(options);
  const competitions = createCompetitionCalls(calls);
  const refusals = createRefusals({ competitions, now: options.now });
  return {
    whoAmI: ({ signal }) => whoAmI(calls, signal),
    ...competitions,
    ...createDataCalls(calls, refusals),
    ...createDiscoveryCalls(calls, refusals),
    ...createForumCalls(calls, refusals),
    ...createSubmissionCalls(calls, refusals, competitions.findCompetition),
    ...createLeaderboardCalls(calls, refusals),
    ...createNotebookCalls(calls, refusals),
  };
}

async function whoAmI(calls: KaggleCalls, signal: AbortSignal): Promise<KaggleAccount> {
  const { credentials } = calls.options;
  if (credentials.kind === 'basic') {
    // A legacy key has no way of asking who it belongs to; any answer proves that it is good.
    const body = { group: 'COMPETITION_LIST_TAB_ENTERED', pageSize: 1 };
    await calls.rpc({ method: 'ListCompetitions', body, response: competitionListSchema, signal });
    return { username: credentials.username, userId: null };
  }
  const account = await introspect(calls, credentials.token.reveal(), signal);
  if (account.active) return { username: account.username, userId: account.userId };
  throw badToken();
}

async function introspect(calls: KaggleCalls, token: string, signal: AbortSignal) {
  const method = 'IntrospectToken';
  const service = 'security.OAuthService';
  try {
    return await calls.rpc({ service, method, body: { token }, response: introspectionSchema, signal });
  } catch (error) {
    const isRefused = [400, 401, 403, 404].includes(refusalDetails(error)?.status ?? 0);
    throw isRefused && error instanceof Failure ? badToken(error) : error;
  }
}

function badToken(cause?: Failure): ConfigurationFailure {
  return new ConfigurationFailure(
    'Kaggle does not know our API token, or it has expired; make a new one at kaggle.com/settings and set it.',
    { code: 'kaggle.unauthorized', cause },
  );
}
