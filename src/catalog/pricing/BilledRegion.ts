/** The providers' own hosts; OpenAI's regional ones say their region first. */
const ownHost =
  /^https:\/\/(?:(?:([a-z]{2})\.)?api\.openai\.com|api\.anthropic\.com|generativelanguage\.googleapis\.com)(?::443)?(?:\/|$)/i

/**
 * The region that is billed for what is asked at an address (`Circumstances.region`). At a provider's own host it is
 * the host's (`https://eu.api.openai.com/v1` → `eu`, `https://api.openai.com/v1` → none), whatever the configuration
 * calls it: Anthropic says in its answers where it processed them, and Gemini's API has no regions. Behind any other
 * address, such as a proxy, only the configuration knows, so there the address's configured name is believed.
 */
export const billedRegion = (address: string, configured: string | undefined): string | undefined => {
  const own = ownHost.exec(address)
  return (own === null ? configured : own[1])?.toLowerCase()
}
