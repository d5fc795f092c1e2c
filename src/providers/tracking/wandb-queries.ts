/** Source: wandb core/api/graphql and wandb/apis/public, release 0.28. `Run.name` is the run's id, `Run.id` a storage id. */

export const viewerQuery = 'query Viewer { viewer { id entity username } }';

export const featuresQuery = 'query ServerFeatures { serverInfo { features { name isEnabled } } }';

export const upsertMutation = `mutation UpsertBucket(
  $name: String!, $project: String!, $entity: String, $group: String, $jobType: String, $displayName: String,
  $tags: [String!], $config: JSONString
) {
  upsertBucket(input: {
    name: $name, modelName: $project, entityName: $entity, groupName: $group, jobType: $jobType,
    displayName: $displayName, tags: $tags, config: $config
  }) {
    bucket { id name displayName project { name entity { name } } historyLineCount }
    inserted
  }
}`;

export const stopMutation = `mutation StopRun($id: ID!) {
  stopRun(input: { id: $id }) { success }
}`;

export const runsQuery = `query Runs($project: String!, $entity: String, $filters: JSONString, $first: Int, $after: String) {
  project(name: $project, entityName: $entity) {
    runs(filters: $filters, first: $first, after: $after, order: "-created_at") {
      edges { cursor node { name displayName state group summaryMetrics historyLineCount } }
      pageInfo { endCursor hasNextPage }
    }
  }
}`;

export const historyQuery = `query SampledHistory($project: String!, $entity: String, $name: String!, $specs: [JSONString!]!) {
  project(name: $project, entityName: $entity) {
    run(name: $name) { sampledHistory(specs: $specs) }
  }
}`;
