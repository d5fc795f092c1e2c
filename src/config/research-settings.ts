import { optionalSetting, setting } from './setting.ts';
import { choice, httpUrl, integer, seconds, secret, text, usd } from './value-schemas.ts';

/** A version of Google's API by name. */
const versions = ['v1', 'v1beta', 'v1alpha'] as const;

/** Who looks for approaches; see docs/how-to/research.md. */
export const research = {
  agentspaceProject: optionalSetting({
    env: 'AGENTSPACE_PROJECT',
    schema: text(),
    example: 'my-project',
    description: 'Id of the Google Cloud project with your Agentspace (Gemini Enterprise) app.',
  }),
  agentspaceLocation: setting({
    env: 'AGENTSPACE_LOCATION',
    schema: choice(['global', 'us', 'eu']),
    default: 'global',
    example: 'eu',
    description: 'Where that app lies.',
  }),
  agentspaceApp: optionalSetting({
    env: 'AGENTSPACE_APP_ID',
    schema: text(),
    example: 'my-app_1730000000000',
    description: 'Id of the app, from the list of apps in the console of Google Cloud.',
  }),
  agentspaceKey: optionalSetting({
    env: 'AGENTSPACE_SERVICE_ACCOUNT_JSON',
    schema: secret(),
    isSecret: true,
    example: '{"type":"service_account",…}',
    description:
      'Key of a service account that may use the app (role Discovery Engine Editor), as the JSON that Google gives; or its file in AGENTSPACE_SERVICE_ACCOUNT_JSON_FILE.',
    switchesOn:
      'Questions are put to Agentspace Deep Research first; needs AGENTSPACE_PROJECT and AGENTSPACE_APP_ID.',
  }),
  agentspaceVersion: setting({
    env: 'AGENTSPACE_API_VERSION',
    schema: choice(versions),
    default: 'v1',
    example: 'v1alpha',
    description:
      'Version of the API that is called. Where it plans no research, v1alpha is tried once by itself.',
  }),
  agentspaceBaseUrl: optionalSetting({
    env: 'AGENTSPACE_BASE_URL',
    schema: httpUrl(),
    example: 'https://eu-discoveryengine.googleapis.com',
    description: 'Where that API is called. Unset: as AGENTSPACE_LOCATION says.',
  }),
  agentspaceTokenUrl: setting({
    env: 'AGENTSPACE_TOKEN_URL',
    schema: httpUrl(),
    default: 'https://oauth2.googleapis.com/token',
    example: 'https://oauth2.googleapis.com/token',
    description: 'Where the key is exchanged for a token.',
  }),
  geminiKey: optionalSetting({
    env: 'GEMINI_API_KEY',
    schema: secret(),
    isSecret: true,
    example: 'AIza…',
    description: 'API key of the Gemini API, from aistudio.google.com.',
    switchesOn: 'Questions are put to Gemini Deep Research, after Agentspace where both are set.',
  }),
  geminiBaseUrl: setting({
    env: 'GEMINI_BASE_URL',
    schema: httpUrl(),
    default: 'https://generativelanguage.googleapis.com',
    example: 'https://generativelanguage.googleapis.com',
    description: 'Where the Gemini API is called.',
  }),
  geminiAgent: setting({
    env: 'GEMINI_RESEARCH_AGENT',
    schema: text(),
    default: 'deep-research-preview-04-2026',
    example: 'deep-research-max-preview-04-2026',
    description: 'Which of its research agents answers.',
  }),
  geminiUsdPerResearch: setting({
    env: 'GEMINI_USD_PER_RESEARCH',
    schema: usd(),
    default: '3',
    unit: 'US dollars',
    example: '7',
    description:
      'What one answer of it counts for in the budgets of language models; Google tells tokens, no dollars.',
  }),
  deepQuestions: setting({
    env: 'KAGGLE_AGENT_DEEP_RESEARCH_QUESTIONS',
    schema: integer({ min: 0, max: 50 }),
    default: '4',
    unit: 'questions',
    example: '2',
    description:
      'How many questions of one competition Agentspace and Gemini are asked, each of them; the others go to the next in line.',
  }),
  deepSlaSeconds: setting({
    env: 'KAGGLE_AGENT_DEEP_RESEARCH_SLA_SECONDS',
    schema: seconds(),
    default: '10800',
    unit: 'seconds',
    example: '3600',
    description:
      'Longest time for the research of a round while Agentspace or Gemini is at work on it, in place of KAGGLE_AGENT_RESEARCH_SLA_SECONDS.',
  }),
  webSearches: setting({
    env: 'KAGGLE_AGENT_RESEARCH_WEB_SEARCHES',
    schema: integer({ min: 0, max: 20 }),
    default: '5',
    unit: 'searches',
    example: '10',
    description: 'How often a language model may search the web for one question. 0: it searches nothing.',
  }),
  webModel: setting({
    env: 'KAGGLE_AGENT_RESEARCH_MODEL',
    schema: choice(['strong', 'cheap']),
    default: 'cheap',
    example: 'strong',
    description:
      'Which language model searches the web: the one of KAGGLE_AGENT_MODEL_STRONG, at ten to forty times the price, or the one of KAGGLE_AGENT_MODEL_CHEAP.',
  }),
};
