import { Schema } from "effect"

/** A failure as every path of the gateway answers it: OpenAI's error, with our class and the request's id. */
export const ErrorView = Schema.Struct({
  error: Schema.Struct({
    message: Schema.String,
    type: Schema.String,
    param: Schema.NullOr(Schema.String).annotate({ description: "The field of the request that is at fault." }),
    code: Schema.String,
    request_id: Schema.String,
    class: Schema.String.annotate({ description: "As GET /v1/errors lists them." })
  })
})
