import { z } from 'zod';
import { BusinessFailure } from '../../domain/errors.ts';
import { parseAnswer, readCapped } from '../http.ts';
import { createKaggleCalls, type KaggleOptions, refusalDetails, vendor } from './calls.ts';
import type { CallOptions, PracticeJudge } from './contract.ts';

const maxAnswerBytes = 20_000_000;

/** Scores come as numbers or as Kaggle's texts; what is no number counts as absent. */
const score = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) => {
    const parsed =
      typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value ?? Number.NaN);
    return Number.isFinite(parsed) ? parsed : null;
  });

const kinds = ['reference', 'real', 'own', 'unknown'] as const;

const entrantSchema = z
  .object({ name: z.string(), score, overallScore: score, rank: score, kind: z.enum(kinds).catch('unknown') })
  .transform((entrant) => ({
    name: entrant.name,
    score: entrant.overallScore ?? entrant.score,
    kind: entrant.kind,
    rank: entrant.rank,
  }));

const boardSchema = z.object({
  chosenRef: score,
  rankOfTeam: score,
  entrantCount: score,
  entrants: z
    .array(entrantSchema)
    .nullish()
    .transform((list) => list ?? []),
});

const noBoard = { chosenRef: null, rankOfTeam: null, entrantCount: null, entrants: [] };

const resultSchema = z.object({
  submissions: z
    .array(
      z.object({
        ref: z.coerce.number(),
        publicScore: score,
        privateScore: score,
        overallScore: score,
        rank: score,
      }),
    )
    .nullish()
    .transform((list) => list ?? []),
  board: boardSchema.nullish().transform((board) => board ?? noBoard),
});

/** The judge of the practice arena, beside the Kaggle API that the arena speaks. */
export function createArenaJudge(options: KaggleOptions): PracticeJudge {
  const calls = createKaggleCalls(options);

  const tell = (
    slug: string,
    verb: 'close' | 'open',
    body: Record<string, unknown>,
    { signal }: CallOptions,
  ) =>
    calls
      .run({ name: `arena.${verb}`, idempotent: true, signal }, async (attemptSignal) => {
        const path = `/arena/v1/competitions/${encodeURIComponent(slug)}/${verb}`;
        const response = await calls.post(path, body, attemptSignal);
        const limits = { vendor, signal: attemptSignal, maxBytes: maxAnswerBytes };
        return (await readCapped(response, limits)).toString('utf8');
      })
      .catch((error: unknown) => {
        // The arena speaks of an unknown slug as Kaggle does.
        if (![403, 404].includes(refusalDetails(error)?.status ?? 0)) throw error;
        throw new BusinessFailure(`The practice arena has no competition "${slug}".`, {
          code: 'kaggle.unknown_competition',
          cause: error,
          details: { slug },
        });
      });

  return {
    closePractice: async (slug, { ref, signal }) => {
      const body = ref === undefined ? {} : { ref };
      return parseAnswer(vendor, await tell(slug, 'close', body, { signal }), resultSchema);
    },
    openPractice: async (slug, callOptions) => {
      await tell(slug, 'open', {}, callOptions);
    },
  };
}
