import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { SystemFailure } from '../../domain/errors.ts';
import { failureOf } from '../failure-of.ts';
import { discard, readCapped, readRefusal, send } from '../http.ts';
import { redirectTarget } from '../redirect.ts';
import { defaultZipLimits, extractZip } from '../zip.ts';
import { type KaggleCalls, rpcPath, vendor } from './calls.ts';
import type { KaggleClient, LeaderboardRow } from './contract.ts';
import { allPages } from './paging.ts';
import type { Refusals } from './refusals.ts';
import { leaderboardSchema } from './schemas.ts';

const defaultMaxRows = 100;
const rowsPerPage = 100;
const maxPackedBytes = 50_000_000;
const maxBoardBytes = 300_000_000;

/** Source: Kaggle/kagglesdk `ApiGetLeaderboardRequest`, `ApiDownloadLeaderboardRequest`. */
export function createLeaderboardCalls(
  calls: KaggleCalls,
  refusals: Refusals,
): Pick<KaggleClient, 'leaderboard' | 'downloadLeaderboard'> {
  return {
    leaderboard: (slug, { signal, maxRows = defaultMaxRows }) =>
      refusals.about(slug, signal, async () => {
        const entries = await allPages(async (pageToken) => {
          const token = pageToken === null ? {} : { pageToken };
          const body = { competitionName: slug, pageSize: Math.min(maxRows, rowsPerPage), ...token };
          const answer = await calls.rpc({
            method: 'GetLeaderboard',
            body,
            response: leaderboardSchema,
            signal,
          });
          return { items: answer.submissions, nextPageToken: answer.nextPageToken };
        }, maxRows);
        // Best first, and Kaggle gives no rank: the position is the rank.
        return entries.map((entry, index) => ({
          rank: index + 1,
          teamId: entry.teamId,
          teamName: entry.teamName,
          score: entry.score,
          submittedAt: entry.submissionDate,
        }));
      }),
    downloadLeaderboard: (slug, { signal }) =>
      refusals.about(slug, signal, async () => {
        const call = { name: 'DownloadLeaderboard', idempotent: true, signal };
        const packed = await calls.run(call, (attemptSignal) => fetchBoard(calls, slug, attemptSignal));
        return parseBoard(await unpackBoard(packed, signal));
      }),
  };
}

/** The answer carries the archive; a redirect to it is possible. */
async function fetchBoard(calls: KaggleCalls, slug: string, signal: AbortSignal): Promise<Buffer> {
  const first = await calls.postForBytes(rpcPath('DownloadLeaderboard'), { competitionName: slug }, signal);
  const url = redirectTarget(first, { vendor, base: new URL(calls.base) });
  if (url === null) return readCapped(first, { vendor, signal, maxBytes: maxPackedBytes });
  await discard(first);
  const { fetch, userAgent } = calls.options;
  const second = await send({ vendor, fetch, url, method: 'GET', userAgent, signal });
  if (!second.ok) throw failureOf(vendor, await readRefusal(second, vendor, signal), calls.options.now);
  return readCapped(second, { vendor, signal, maxBytes: maxPackedBytes });
}

async function unpackBoard(packed: Buffer, signal: AbortSignal): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kaggle-agent-board-'));
  try {
    const file = join(folder, 'board.zip');
    await writeFile(file, packed);
    const limits = { ...defaultZipLimits, maxEntries: 10, maxBytes: maxBoardBytes };
    const names = await extractZip({ vendor, file, folder: join(folder, 'out'), limits, signal });
    const name = names.find((candidate) => candidate.endsWith('.csv'));
    return name === undefined ? '' : await readFile(join(folder, 'out', name), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const whole = z
  .string()
  .optional()
  .transform((value) => (value !== undefined && /^\d+$/.test(value) ? Number(value) : null));

/** Columns as seen in 2026; further ones are ignored. */
const rowSchema = z.object({
  Rank: whole,
  TeamId: whole,
  TeamName: z.string().default(''),
  LastSubmissionDate: z.string().default(''),
  Score: z.string().default(''),
  SubmissionCount: whole,
  TeamMemberUserNames: z.string().default(''),
});

function parseBoard(text: string): LeaderboardRow[] {
  const parsed = z.array(rowSchema).safeParse(readRecords(text));
  if (!parsed.success) {
    throw new SystemFailure('Kaggle sent a leaderboard in a shape we do not know.', {
      code: 'kaggle.bad_response',
      cause: parsed.error,
    });
  }
  // Rank 0 marks the host's benchmarks, which are no teams.
  return parsed.data.filter((row) => (row.Rank ?? 0) > 0).map(toRow);
}

/** @returns the parser's own error for text that is no CSV, which then fails the schema */
function readRecords(text: string): unknown {
  try {
    return parse(text, { bom: true, columns: true, skip_empty_lines: true, relax_quotes: true });
  } catch (error) {
    return error;
  }
}

function toRow(row: z.output<typeof rowSchema>): LeaderboardRow {
  const submittedAt = new Date(
    /[Z+]/.test(row.LastSubmissionDate) ? row.LastSubmissionDate : `${row.LastSubmissionDate}Z`,
  );
  return {
    rank: row.Rank ?? 0,
    teamId: row.TeamId ?? 0,
    teamName: row.TeamName,
    score: row.Score === '' ? null : row.Score,
    submittedAt: Number.isNaN(submittedAt.getTime()) ? null : submittedAt,
    submissionCount: row.SubmissionCount,
    memberUsernames: row.TeamMemberUserNames.split(/[,;]\s*/).filter((name) => name !== ''),
  };
}
