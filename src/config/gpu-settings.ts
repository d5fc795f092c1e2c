import { optionalSetting, setting } from './setting.ts';
import { apiKey, choice, httpUrl, integer, nameList, numberBetween, seconds, text } from './value-schemas.ts';

const saladNameForm = /^[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const saladName = () =>
  text().refine(
    (value) => saladNameForm.test(value),
    'be a name as the portal shows it: 2 to 63 lower-case letters',
  );
const imageForm = /^[A-Za-z0-9][A-Za-z0-9._/:@-]*[:@][A-Za-z0-9._:-]+$/;

/** Rented machines of either vendor; see docs/how-to/gpus.md. */
export const gpu = {
  maxMachines: setting({
    env: 'KAGGLE_AGENT_GPU_MAX_MACHINES',
    schema: integer({ min: 0, max: 20 }),
    default: '2',
    unit: 'machines',
    example: '1',
    description: 'How many rented machines there may be at once. 0: none is rented.',
  }),
  timeLimitSeconds: setting({
    env: 'KAGGLE_AGENT_GPU_TIME_LIMIT_SECONDS',
    schema: seconds(60),
    default: '10800',
    unit: 'seconds',
    example: '14400',
    description:
      'Wall time of one training job on a rented machine. Its price for all of that time is reserved before it is started.',
  }),
  startSeconds: setting({
    env: 'KAGGLE_AGENT_GPU_START_SECONDS',
    schema: seconds(60),
    default: '1500',
    unit: 'seconds',
    example: '1200',
    description:
      'Time for a rented machine to come up and say its first word; afterwards it is ended and the next offer is taken.',
  }),
  heartbeatTimeoutSeconds: setting({
    env: 'KAGGLE_AGENT_GPU_HEARTBEAT_TIMEOUT_SECONDS',
    schema: seconds(30),
    default: '180',
    unit: 'seconds',
    example: '300',
    description: 'A run on a rented machine that has not been heard of for this long is lost.',
  }),
  image: setting({
    env: 'KAGGLE_AGENT_GPU_IMAGE',
    schema: text().refine((value) => imageForm.test(value), 'be a public image with its tag or digest'),
    default: 'pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime',
    example: 'pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime',
    description:
      'Public image that rented machines start from; it needs Python. The runner and the requirements of the script are fetched into it. An image of your own is used instead where KAGGLE_AGENT_IMAGE_REPOSITORY is set.',
  }),
  leastMemoryGb: setting({
    env: 'KAGGLE_AGENT_GPU_MEMORY_GB',
    schema: numberBetween(1, 200),
    default: '8',
    unit: 'gigabytes',
    example: '24',
    description: 'Least memory of a graphics card that is rented, or that is used on this machine.',
  }),
  leastBalanceUsd: setting({
    env: 'KAGGLE_AGENT_GPU_LEAST_BALANCE_USD',
    schema: numberBetween(0, 10_000),
    default: '1',
    unit: 'US dollars',
    example: '2',
    description: 'People are told when less than this is left on a prepaid account.',
  }),
  publicUrl: optionalSetting({
    env: 'KAGGLE_AGENT_PUBLIC_URL',
    schema: httpUrl(),
    example: 'https://agent.example.org',
    description:
      "Address under which this agent's own port can be reached from the internet, for signed links. Not needed with S3_BUCKET.",
    switchesOn: 'Rented machines can fetch and deliver without S3.',
  }),
};

export const saladcloud = {
  apiKey: optionalSetting({
    env: 'SALAD_API_KEY',
    schema: apiKey(),
    isSecret: true,
    example: 'salad_cloud_user_0123abcd',
    description: 'API key of SaladCloud, from portal.salad.com. Needs SALAD_ORGANIZATION and SALAD_PROJECT.',
    switchesOn: 'Graphics cards are rented at SaladCloud, within the budget.',
  }),
  organization: optionalSetting({
    env: 'SALAD_ORGANIZATION',
    schema: saladName(),
    example: 'my-organization',
    description: 'Organization at SaladCloud that pays.',
  }),
  project: optionalSetting({
    env: 'SALAD_PROJECT',
    schema: saladName(),
    example: 'kaggle-agent',
    description: 'Project of that organization; make one in the portal for the agent alone.',
  }),
  baseUrl: setting({
    env: 'SALAD_API_URL',
    schema: httpUrl(),
    default: 'https://api.salad.com/api/public',
    example: 'https://api.salad.com/api/public',
    description: 'Where the SaladCloud API is called.',
  }),
  priorities: setting({
    env: 'KAGGLE_AGENT_SALAD_PRIORITIES',
    schema: nameList(/^(high|medium|low|batch)$/, 'be some of high, medium, low, batch, separated by commas'),
    default: 'batch,low,medium,high',
    example: 'low,high',
    description: 'Priorities that are considered: batch is cheapest and is interrupted most.',
  }),
  countries: setting({
    env: 'KAGGLE_AGENT_SALAD_COUNTRIES',
    schema: nameList(/^[a-z]{2}$/, 'be two-letter countries in lower case, separated by commas'),
    default: '',
    example: 'us,de',
    description: 'Countries whose machines are taken. Empty: all.',
  }),
};

export const vast = {
  apiKey: optionalSetting({
    env: 'VAST_API_KEY',
    schema: apiKey(),
    isSecret: true,
    example: '0123456789abcdef',
    description:
      'API key of Vast.ai with the rights misc, user_read, instance_read, instance_write and billing_read, from cloud.vast.ai.',
    switchesOn: 'Graphics cards are rented at Vast.ai, within the budget.',
  }),
  baseUrl: setting({
    env: 'VAST_API_URL',
    schema: httpUrl(),
    default: 'https://console.vast.ai',
    example: 'https://console.vast.ai',
    description: 'Where the Vast.ai API is called.',
  }),
  kinds: setting({
    env: 'KAGGLE_AGENT_VAST_KINDS',
    schema: choice(['on-demand', 'bid', 'both']),
    default: 'both',
    example: 'on-demand',
    description: 'Kinds of rental that are considered: bid is cheaper and can be outbid at any moment.',
  }),
};
