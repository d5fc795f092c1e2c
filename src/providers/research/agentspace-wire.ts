import { z } from 'zod';

/**
 * What is read of the answers of Agentspace (Discovery Engine API). Whatever else they hold, today or later, is let be.
 * Source: googleapis google/cloud/discoveryengine/v1 assist_answer.proto and session.proto; `contentMetadata` and
 * `replyId` are on the wire only.
 */

/** int64 travels as text. */
const int64 = z.union([z.number(), z.string().regex(/^\d{1,18}$/)]).transform(Number);

const referenceSchema = z.looseObject({
  documentMetadata: z
    .looseObject({ uri: z.string().nullish(), title: z.string().nullish(), domain: z.string().nullish() })
    .nullish(),
});

export type Reference = z.output<typeof referenceSchema>;

const groundingSchema = z.looseObject({
  segments: z
    .array(
      z.looseObject({
        startIndex: int64.nullish(),
        endIndex: int64.nullish(),
        referenceIndices: z.array(z.number().int()).nullish(),
      }),
    )
    .nullish(),
  references: z.array(referenceSchema).nullish(),
});

const replySchema = z.looseObject({
  groundedContent: z
    .looseObject({
      content: z.looseObject({ text: z.string().nullish(), thought: z.boolean().nullish() }).nullish(),
      contentMetadata: z
        .looseObject({ contentKind: z.string().nullish(), contentId: z.string().nullish() })
        .nullish(),
      textGroundingMetadata: groundingSchema.nullish(),
    })
    .nullish(),
});
export type Reply = z.output<typeof replySchema>;

const answerSchema = z.looseObject({
  state: z.string().nullish(),
  replies: z.array(replySchema).nullish(),
  assistSkippedReasons: z.array(z.string()).nullish(),
});
export type AssistAnswer = z.output<typeof answerSchema>;

/** `google.rpc.Status` as it comes in a refusal, and in the middle of a stream. */
export const statusSchema = z.looseObject({
  code: z.number().nullish(),
  message: z.string().nullish(),
  status: z.string().nullish(),
  details: z.array(z.looseObject({ reason: z.string().nullish() })).nullish(),
});
export type RpcStatus = z.output<typeof statusSchema>;

/** One element of a stream. */
export const elementSchema = z.looseObject({
  answer: answerSchema.nullish(),
  sessionInfo: z.looseObject({ session: z.string().nullish() }).nullish(),
  error: statusSchema.nullish(),
});
export type StreamElement = z.output<typeof elementSchema>;

export const sessionSchema = z.looseObject({
  name: z.string().nullish(),
  state: z.string().nullish(),
  turns: z.array(z.looseObject({ detailedAssistAnswer: answerSchema.nullish() })).nullish(),
});

/** The form of a session's name; anything else is never put into an address. */
export const sessionNameForm =
  /^projects\/[a-z0-9:._-]{1,100}\/locations\/[a-z0-9-]{1,30}\/collections\/[A-Za-z0-9_-]{1,100}\/engines\/[A-Za-z0-9_-]{1,100}\/sessions\/[A-Za-z0-9_-]{1,100}$/;
