import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { ConfigurationFailure, Failure, TransientFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { Policy } from '../policy.ts';
import { claudeFailure } from './claude-failure.ts';
import type { Effort, Turn } from './claude-turn.ts';

const supportSchema = z.object({ supported: z.boolean() });
const modelSchema = z.object({
  id: z.string(),
  lifecycle: z.string().nullish(),
  retires_at: z.string().nullish(),
  max_input_tokens: z.number().nullish(),
  max_tokens: z.number().nullish(),
  capabilities: z
    .object({
      effort: z.record(z.string(), z.unknown()).nullish(),
      structured_outputs: supportSchema.nullish(),
      server_tools: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
});

/** What a model allows; null where the vendor does not say. */
export type ModelFacts = {
  id: string;
  lifecycle: 'active' | 'deprecated' | 'retired' | 'unknown';
  retiresAt: string | null;
  maxInputTokens: number | null;
  maxTokens: number | null;
  efforts: readonly Effort[] | null;
  givesJson: boolean;
  searches: boolean;
};

export type ModelCatalogue = {
  /** The models that can be asked for this, in the order in which they are set. @throws as the contract says */
  usable(models: readonly string[], turn: Turn, signal: AbortSignal): Promise<ModelFacts[]>;
  /** The vendor said that it does not know it: left out until the list is read anew. */
  markUnknown(model: string): void;
  /** Reads the list now. @throws the vendor's failures */
  refresh(signal: AbortSignal): Promise<readonly ModelFacts[]>;
};

const freshMs = 24 * 3_600_000;
/** Where the list could not be had, work goes on without it for this long. */
const retryMs = 300_000;
const pageSize = 100;
const timeoutMs = 30_000;
const efforts = ['low', 'medium', 'high'] as const;

/** The vendor's list of models, read before the first call and once a day. */
export function createModelCatalogue(options: CatalogueOptions): ModelCatalogue {
  const list = createList(options);
  const warned = new Set<string>();
  const warnOnce = (model: string, fields: object, message: string): void => {
    if (warned.has(`${model} ${message}`)) return;
    warned.add(`${model} ${message}`);
    options.log.warn({ model, ...fields }, message);
  };

  return {
    async usable(models, turn, signal) {
      await list.ensure(signal);
      const found = models
        .filter((model) => !list.unknown().has(model))
        .map((model) => list.facts().get(model) ?? factsOf({ id: model }))
        .filter((one) => one.lifecycle !== 'retired' && canDo(one, turn));
      for (const { id, lifecycle, retiresAt } of found) {
        if (lifecycle === 'deprecated') warnOnce(id, { retiresAt }, 'a model that is set will be retired');
      }
      if (found.length > 0) return found;
      throw new ConfigurationFailure(
        `None of the models that are set can be asked: ${models.join(', ')}. Set newer ones.`,
        { code: 'llm.unknown_model', details: { models } },
      );
    },
    markUnknown(model) {
      warnOnce(model, {}, 'a model that is set is not known to the vendor');
      list.unknown().add(model);
    },
    async refresh(signal) {
      await list.read(signal);
      return [...list.facts().values()];
    },
  };
}

type CatalogueOptions = { sdk: Anthropic; policy: Policy; log: Log; now: () => Date };

/** What was read last, and what turned out to be unknown since. */
function createList({ sdk, policy, log, now }: CatalogueOptions) {
  let facts = new Map<string, ModelFacts>();
  let unknown = new Set<string>();
  let validUntilMs = 0;
  let reading: Promise<void> | null = null;

  const read = async (signal: AbortSignal): Promise<void> => {
    const listed = await policy.run({ name: 'models', idempotent: true, signal, timeoutMs }, (attempt) =>
      listModels(sdk, attempt, now),
    );
    facts = new Map(listed.map((one) => [one.id, one]));
    unknown = new Set();
    validUntilMs = now().getTime() + freshMs;
  };

  const ensure = async (signal: AbortSignal): Promise<void> => {
    if (now().getTime() < validUntilMs) return;
    // Everybody waits for one reading; where the one who began it leaves, the next one reads.
    reading ??= read(signal).finally(() => {
      reading = null;
    });
    try {
      await reading;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Failure)) return await ensure(signal);
      if (!(error instanceof TransientFailure)) throw error;
      validUntilMs = now().getTime() + retryMs;
      log.warn({ code: error.code }, 'list of models not read, going on without it');
    }
  };

  return { read, ensure, facts: () => facts, unknown: () => unknown };
}

/** At most what the model allows of tokens, and the effort at or below the wanted one that it has. */
export function clampTurn(turn: Turn, facts: ModelFacts): Pick<Turn, 'maxTokens' | 'effort'> {
  const maxTokens = Math.max(1, Math.min(turn.maxTokens, facts.maxTokens ?? turn.maxTokens));
  const { effort } = turn;
  if (effort === null || facts.efforts === null) return { maxTokens, effort };
  const allowed = efforts.slice(0, efforts.indexOf(effort) + 1).filter((one) => facts.efforts?.includes(one));
  return { maxTokens, effort: allowed.at(-1) ?? null };
}

async function listModels(sdk: Anthropic, signal: AbortSignal, now: () => Date): Promise<ModelFacts[]> {
  try {
    const listed: ModelFacts[] = [];
    for await (const one of sdk.models.list({ limit: pageSize }, { signal })) {
      const parsed = modelSchema.safeParse(one);
      if (parsed.success) listed.push(factsOf(parsed.data));
    }
    return listed;
  } catch (error) {
    throw claudeFailure(error, signal, now);
  }
}

function factsOf(model: z.output<typeof modelSchema>): ModelFacts {
  const { capabilities } = model;
  return {
    id: model.id,
    lifecycle: lifecycleOf(model.lifecycle),
    retiresAt: model.retires_at ?? null,
    maxInputTokens: positive(model.max_input_tokens),
    maxTokens: positive(model.max_tokens),
    efforts: effortsOf(capabilities?.effort),
    givesJson: capabilities?.structured_outputs?.supported ?? true,
    searches: isSupported(capabilities?.server_tools) ?? true,
  };
}

function lifecycleOf(text: string | null | undefined): ModelFacts['lifecycle'] {
  return text === 'active' || text === 'deprecated' || text === 'retired' ? text : 'unknown';
}

function effortsOf(effort: Record<string, unknown> | null | undefined): readonly Effort[] | null {
  if (effort == null) return null;
  if (isSupported(effort) === false) return [];
  return efforts.filter((level) => isSupported(effort[level]) ?? true);
}

/** @returns null where it is not said */
function isSupported(value: unknown): boolean | null {
  const parsed = supportSchema.safeParse(value);
  return parsed.success ? parsed.data.supported : null;
}

function positive(value: number | null | undefined): number | null {
  return value == null || value <= 0 ? null : value;
}

function canDo(facts: ModelFacts, turn: Turn): boolean {
  return (turn.schema === null || facts.givesJson) && (turn.maxSearches === 0 || facts.searches);
}
