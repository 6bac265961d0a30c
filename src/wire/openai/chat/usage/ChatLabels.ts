import { textOf, type Fields, objectOf } from "../../../../domain/Fields.ts"
import type { Labels } from "../../../../domain/usage/RequestRecord.ts"

/** Most tags of one request, and the longest, in characters: OpenAI takes 16 pairs of metadata with values of 512. */
const mostTags = 32
const longestLabel = 512

const noTags: ReadonlyArray<string> = []
const noLabels: Labels = { tags: noTags }

/**
 * What a checked body says of whose it is: `safety_identifier` or `user`, `session_id`, and each `metadata` pair as
 * `name=value`.
 */
export const labelsOf = (body: Fields): Labels => {
  const metadata = body["metadata"]
  const tags = metadata === undefined || metadata === null ? noTags : tagsOf(objectOf(metadata))
  const endUser = textOf(body["safety_identifier"]) || textOf(body["user"])
  const sessionId = textOf(body["session_id"])
  if (endUser === "" && sessionId === "" && tags.length === 0) return noLabels
  return {
    ...(endUser === "" ? {} : { endUser: endUser.slice(0, longestLabel) }),
    ...(sessionId === "" ? {} : { sessionId }),
    tags
  }
}

const tagsOf = (metadata: Fields): ReadonlyArray<string> => {
  const tags: Array<string> = []
  for (const name in metadata) {
    const value = metadata[name]
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") continue
    tags.push(`${name}=${value}`.slice(0, longestLabel))
    if (tags.length === mostTags) break
  }
  return tags
}

/** The tags of `x-gateway-tags`: names with commas between them. */
export const headerTags = (header: string | null): ReadonlyArray<string> =>
  header === null
    ? noTags
    : header
        .split(",")
        .map((tag) => tag.trim().slice(0, longestLabel))
        .filter((tag) => tag !== "")
        .slice(0, mostTags)
