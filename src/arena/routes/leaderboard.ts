import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { z } from 'zod';
import { denied } from '../api-error.ts';
import type { ArenaContext } from '../context.ts';
import { formatCsv } from '../csv.ts';
import { boardOf } from '../leaderboard.ts';
import { requireCompetition, type Standing } from '../standing.ts';
import { type WireObject, wireScore, wireTime } from '../wire.ts';
import { type Answer, competitionRequest, json, readRequest } from './method.ts';
import { pageOf, pagingFields } from './paging.ts';

const boardRequest = competitionRequest.extend({ overridePublic: z.boolean().nullish(), ...pagingFields });

/** Best first, and no rank: it is the position, counted across pages. */
export function getLeaderboard(ctx: ArenaContext, body: unknown): Answer {
  const request = readRequest(boardRequest, body);
  const { competition, showsPrivate } = requireBoard(ctx, request.competitionName);
  const part = showsPrivate && request.overridePublic !== true ? 'private' : 'public';
  const { page, nextPageToken } = pageOf(boardOf(ctx, competition, part), request);
  const submissions = page.map(
    (entry): WireObject => ({
      teamId: entry.teamId,
      teamName: entry.teamName,
      submissionDate: wireTime(entry.at),
      score: wireScore(entry.score),
    }),
  );
  return json({ submissions, nextPageToken });
}

function requireBoard(ctx: ArenaContext, slug: string): Standing {
  const standing = requireCompetition(ctx, slug);
  if (!standing.competition.hasLeaderboard) throw denied('competitions.getLeaderboard');
  return standing;
}

const columns = [
  'Rank',
  'TeamId',
  'TeamName',
  'LastSubmissionDate',
  'Score',
  'SubmissionCount',
  'TeamMemberUserNames',
];

export async function downloadLeaderboard(ctx: ArenaContext, body: unknown): Promise<Answer> {
  const { competitionName } = readRequest(competitionRequest, body);
  const { competition, showsPrivate } = requireBoard(ctx, competitionName);
  const rows = boardOf(ctx, competition, showsPrivate ? 'private' : 'public').map((entry, index) => [
    String(index + 1),
    String(entry.teamId),
    entry.teamName,
    entry.at.toISOString().slice(0, 19).replace('T', ' '),
    wireScore(entry.score),
    String(entry.submissionCount),
    entry.members,
  ]);
  const now = ctx.now();
  const kind = showsPrivate ? 'private' : 'public';
  const fileName = `${competition.slug}-${kind}leaderboard`;
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(`\ufeff${formatCsv(columns, rows)}`), `${fileName}-${now.toISOString()}.csv`, {
    mtime: now,
  });
  zip.end();
  return {
    kind: 'bytes',
    bytes: await buffer(Readable.from(zip.outputStream)),
    contentType: 'application/zip',
    fileName: `${fileName}.zip`,
  };
}
