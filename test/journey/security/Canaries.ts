/** A secret of its own for each place where one can stand; no pattern would know them for keys. */
const canary = (name: string): string => `Zq7${name}-${crypto.randomUUID()}`

/** Of `gateway.yaml`, its files and the environment. */
export const configured = {
  openaiKey: canary("environment"),
  anthropicKey: canary("anthropic"),
  secondKey: canary("second"),
  geminiKey: canary("gemini"),
  fromFile: canary("file"),
  header: canary("header"),
  organization: canary("organization"),
  proxyPassword: canary("proxy"),
  proxiedKey: canary("proxied"),
  adminKey: canary("admin"),
  callerKey: canary("caller"),
  otherKey: canary("other"),
  expiredKey: canary("expired"),
  collectorHeader: canary("collector"),
  collectorQuery: canary("collector-query"),
  unused: canary("aws")
}

/** Of the mistakes in a `gateway.yaml` that is refused while the gateway runs. */
export const mistaken = {
  addressPassword: canary("password"),
  addressKey: canary("address"),
  unknownSetting: canary("setting")
}

/** Of callers, in headers and in the address. */
export const sent = {
  query: canary("query"),
  xApiKey: canary("x-api-key"),
  googKey: canary("x-goog"),
  cookie: canary("cookie"),
  proxyAuthorization: canary("proxy-authorization"),
  forwarded: canary("forwarded"),
  custom: canary("custom"),
  trace: canary("tracestate"),
  baggage: canary("baggage"),
  badKey: canary("bad")
}

/** Of callers, in the body. */
export const told = {
  system: canary("system"),
  prompt: canary("prompt"),
  tool: canary("tool"),
  user: canary("user"),
  metadata: canary("metadata"),
  session: canary("session"),
  tag: canary("tag"),
  unknownField: canary("unknown"),
  garbled: canary("garbled"),
  idempotencyKey: canary("idempotency")
}

/** Headers of a caller with a key, and with more than it has to tell. */
export const callerHeaders = {
  authorization: `Bearer ${configured.callerKey}`,
  "x-api-key": sent.xApiKey,
  "x-goog-api-key": sent.googKey,
  cookie: `session=${sent.cookie}`,
  "proxy-authorization": `Basic ${btoa(sent.proxyAuthorization)}`,
  "x-forwarded-for": sent.forwarded,
  "x-forwarded-host": sent.forwarded,
  "x-custom": sent.custom,
  tracestate: `a=${sent.trace}`,
  baggage: `a=${sent.baggage}`,
  "x-gateway-tags": told.tag
}

/** A request that has something to hide in every field. */
export const body = (model: string, more: object = {}) => ({
  model,
  messages: [
    { role: "system", content: told.system },
    { role: "user", content: told.prompt }
  ],
  tools: [{ type: "function", function: { name: "find", description: told.tool, parameters: { type: "object" } } }],
  user: told.user,
  metadata: { case: told.metadata },
  session_id: told.session,
  ...more
})
