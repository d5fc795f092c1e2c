/** What the emulator's Deep Research finds, as elements of a stream. */

export type Page = { title: string; uri: string; domain?: string };
export type Sentence = { text: string; from?: readonly number[] };
export type Findings = { pages: readonly Page[]; questions: readonly string[]; report: readonly Sentence[] };

export const someFindings: Findings = {
  pages: [
    { title: 'Titanic: how the winners did it', uri: 'https://www.kaggle.com/c/titanic/writeups/first' },
    {
      title: '',
      uri: 'https://vertexaisearch.cloud.google.com/grounding-api-redirect/AbC123',
      domain: 'arxiv.org',
    },
  ],
  questions: ['Which features won?', 'Which models won?'],
  report: [
    { text: '# Überblick 🚢\n\nGradient boosting on grouped tickets won. ', from: [0] },
    { text: 'A second paper stacks linear models. ', from: [1] },
    { text: 'This line rests on nothing.' },
  ],
};

type Element = Record<string, unknown>;

const reply = (
  contentKind: string,
  contentId: string | null,
  text: string,
  grounding?: unknown,
): Element => ({
  replyId: `r-${contentKind}-${contentId}`,
  groundedContent: {
    content: { role: 'model', text },
    contentMetadata: { contentKind, ...(contentId === null ? {} : { contentId }) },
    ...(grounding === undefined ? {} : { textGroundingMetadata: grounding }),
  },
});

export const inProgress = (...replies: Element[]): Element => ({ answer: { state: 'IN_PROGRESS', replies } });

export function planElements(
  session: string,
  questions: readonly string[],
  sessionIn: 'first' | 'last',
): Element[] {
  const plan = `Research plan\n\n${questions.map((question, at) => `### Part ${at + 1}\n${question}`).join('\n\n')}`;
  const sessionFor = (place: typeof sessionIn) => (place === sessionIn ? { sessionInfo: { session } } : {});
  return [
    { ...inProgress(reply('RESEARCH_PLAN', null, plan.slice(0, 20))), ...sessionFor('first') },
    inProgress(reply('RESEARCH_PLAN', null, plan.slice(20))),
    {
      answer: { name: `${session}/assistAnswers/1`, state: 'SUCCEEDED' },
      assistToken: 'token-1',
      ...sessionFor('last'),
    },
  ];
}

/** Offsets are bytes of the piece that they come with, as text, the end exclusive. */
function groundingOf(sentence: Sentence, pages: readonly Page[]) {
  if (sentence.from === undefined) return undefined;
  return {
    segments: [
      {
        endIndex: String(Buffer.byteLength(sentence.text)),
        referenceIndices: sentence.from.map((_, at) => at),
      },
    ],
    references: sentence.from.map((index) => ({ content: '…', documentMetadata: pages[index] })),
  };
}

export type RunOptions = { hasGrounding: boolean; echoes: boolean };

/** The whole of a run, its last element included. */
export function runElements(session: string, findings: Findings, options: RunOptions): Element[] {
  const { questions, report, pages } = findings;
  const answers = questions.flatMap((question, at) => [
    inProgress(reply('RESEARCH_QUESTION', `q${at}`, question)),
    inProgress(
      { groundedContent: { content: { role: 'model', thought: true, text: 'let me think' } } },
      reply('RESEARCH_ANSWER', `q${at}`, `Answer ${at}: much was `),
      reply('RESEARCH_ANSWER', `q${at}`, 'found.'),
      {},
      { groundedContent: {} },
    ),
  ]);
  const written = report.map((sentence) =>
    inProgress(
      reply(
        'RESEARCH_REPORT',
        'report',
        sentence.text,
        options.hasGrounding ? groundingOf(sentence, pages) : undefined,
      ),
    ),
  );
  const whole = report.map(({ text }) => text).join('');
  return [
    ...answers,
    inProgress({ groundedContent: { content: {}, contentMetadata: { contentKind: 'SOMETHING_NEW' } } }),
    ...written,
    inProgress({
      groundedContent: {
        content: { file: { fileId: 'f1', mimeType: 'audio/mp3' } },
        contentMetadata: { contentKind: 'RESEARCH_AUDIO_SUMMARY' },
      },
    }),
    {
      answer: {
        name: `${session}/assistAnswers/2`,
        state: 'SUCCEEDED',
        ...(options.echoes ? { replies: [reply('RESEARCH_REPORT', 'report', whole)] } : {}),
        diagnosticInfo: { plannerSteps: [] },
      },
      sessionInfo: { session },
    },
  ];
}

export function directAnswer(session: string, text = 'Here is a plain answer.'): Element[] {
  return [
    {
      answer: { state: 'IN_PROGRESS', replies: [{ groundedContent: { content: { role: 'model', text } } }] },
    },
    { answer: { name: `${session}/assistAnswers/1`, state: 'SUCCEEDED' }, sessionInfo: { session } },
  ];
}
