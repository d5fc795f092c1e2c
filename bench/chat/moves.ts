/** From the commit of a move to its line in the thread and to the rewritten status, beside what bare calls cost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { transitionCompetition } from '../../src/state/competitions.ts';
import type { Measured } from '../figure.ts';
import { bareCalls } from './bare-calls.ts';
import { bench, type PeopleSide } from './people-side.ts';
import { awaitOnBoth, platforms } from './sights.ts';
import { addSpans, noSpans, ratioFigures, spanFigures } from './spans.ts';

const warmUps = 4;
const samples = 24;
/** Below what the platforms allow, so that nothing waits for its turn: this is about the way, not about the rate. */
const everyMs = 2_600;
const competitions = 4;

export async function measureMoves(people: PeopleSide, signal: AbortSignal): Promise<Measured> {
  const running = [];
  for (let index = 0; index < competitions; index += 1) {
    running.push({ ...(await people.aCompetition(`steady${index}`, 'training')), version: 1 });
    await sleep(everyMs, undefined, { signal });
  }
  const spans = { notice: noSpans(), status: noSpans(), post: noSpans(), edit: noSpans() };
  for (let index = 0; index < warmUps + samples; index += 1) {
    const one = running[index % competitions];
    if (one === undefined) throw new Error('no competition runs');
    const next = sleep(everyMs, undefined, { signal });
    const event = one.version % 2 === 1 ? 'paused' : 'resumed';
    const moved = await transitionCompetition(people.state, {
      id: one.id,
      version: one.version,
      event,
      actor: bench,
    });
    const committedAt = Date.now();
    one.version = moved?.version ?? one.version;
    const { copies } = one;
    const notice = await awaitOnBoth(
      people,
      committedAt,
      ({ change, isReply }) => {
        return change === 'post' && isReply;
      },
      signal,
    );
    const status = await awaitOnBoth(
      people,
      committedAt,
      ({ change, messageId }, platform) => {
        return change === 'edit' && messageId === copies[platform];
      },
      signal,
    );
    for (const platform of platforms) {
      const bare = await bareCalls(people, platform, { post: notice[platform], edit: status[platform] });
      if (index < warmUps) continue;
      spans.post[platform].push(bare.postMs);
      spans.edit[platform].push(bare.editMs);
    }
    if (index >= warmUps) {
      addSpans(spans.notice, committedAt, notice);
      addSpans(spans.status, committedAt, status);
    }
    await next;
  }
  return {
    figures: [
      ...spanFigures('chat.noticeShown', spans.notice),
      ...spanFigures('chat.statusShown', spans.status),
      ...spanFigures('chat.barePost', spans.post),
      ...spanFigures('chat.bareEdit', spans.edit),
      ...ratioFigures('chat.noticeRatio', spans.notice, spans.post),
      ...ratioFigures('chat.statusRatio', spans.status, spans.edit),
    ],
    notes: [],
  };
}
