// @ts-check
/** A refusal of the server, or of the network, with the code that acks carry as well. */
export class ApiError extends Error {
  /**
   * @param {{code: string, detail?: string, title?: string, message?: string, status?: number, request_id?: string,
   *   errors?: {field: string, message: string}[], current?: any, retry_after_s?: number}} problem
   */
  constructor(problem) {
    super(problem.detail || problem.message || problem.title || problem.code);
    this.name = "ApiError";
    this.code = problem.code;
    this.status = problem.status ?? 0;
    this.errors = problem.errors ?? [];
    this.current = problem.current ?? null;
    this.requestId = problem.request_id ?? null;
    this.retryAfterS = problem.retry_after_s ?? null;
  }
}

/** No answer came. Whether the command was done is not known; the same `command_id` settles it. */
export function networkError() {
  return new ApiError({ code: "network" });
}

/** @param {unknown} error @returns {ApiError} */
export function asApiError(error) {
  if (error instanceof ApiError) return error;
  console.error(error);
  return new ApiError({ code: "internal", message: error instanceof Error ? error.message : String(error) });
}
