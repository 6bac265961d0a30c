/** Whether a path belongs to the admin plane. */
export const isAdminPath = (path: string): boolean => path === "/admin" || path.startsWith("/admin/")

/**
 * The OpenAPI document: it tells nothing but the plane's form, so whoever may come here at all may read it without a
 * key.
 */
export const documentPath = "/admin/openapi.json"
