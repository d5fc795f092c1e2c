/** The part of the service's schema that clients use. Source: wandb core/api/graphql and wandb/apis/public, 0.28. */
export const wandbSchema = `
scalar JSONString
scalar JSON
scalar Int64

type Query {
  viewer: User
  serverInfo: ServerInfo
  project(name: String!, entityName: String): Project
  model(name: String!, entityName: String): Project
}

type User { id: ID! entity: String username: String email: String }
type ServerInfo { features: [Feature] }
type Feature { name: String! isEnabled: Boolean! }

type Entity { name: String! }
type Project {
  id: ID!
  name: String!
  entity: Entity!
  runCount(filters: JSONString): Int!
  run(name: String!): Run
  bucket(name: String!, missingOk: Boolean): Run
  runs(filters: JSONString, first: Int, after: String, order: String): RunConnection!
}
type RunConnection { edges: [RunEdge!]! pageInfo: PageInfo! }
type RunEdge { cursor: String! node: Run! }
type PageInfo { endCursor: String hasNextPage: Boolean! }

type Run {
  id: ID!
  name: String!
  displayName: String
  state: String
  config: JSONString
  group: String
  jobType: String
  tags: [String!]
  summaryMetrics: JSONString
  historyLineCount: Int
  eventsLineCount: Int
  logLineCount: Int
  stopped: Boolean
  project: Project!
  sampledHistory(specs: [JSONString!]!): [JSON]!
  history(minStep: Int64, maxStep: Int64, samples: Int): [String!]
}

type Mutation {
  upsertBucket(input: UpsertBucketInput!): UpsertBucketPayload
  stopRun(input: StopRunInput!): SuccessPayload
  deleteRun(input: DeleteRunInput!): DeleteRunPayload
}
input UpsertBucketInput {
  id: String name: String modelName: String entityName: String groupName: String jobType: String displayName: String
  description: String notes: String tags: [String!] config: JSONString summaryMetrics: JSONString commit: String
  host: String jobProgram: String jobRepo: String state: String sweep: String debug: Boolean
}
type UpsertBucketPayload { bucket: Run! inserted: Boolean! }
input StopRunInput { id: ID! }
type SuccessPayload { success: Boolean }
input DeleteRunInput { id: ID! }
type DeleteRunPayload { clientMutationId: String }
`;
