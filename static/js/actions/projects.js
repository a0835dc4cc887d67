// @ts-check
/** Projects, their members and their invitations. */
import { merged, sorted, withProject } from "../domain/projects.js";
import { asApiError } from "../net/api-error.js";

/** @typedef {import("../domain/types.js").Project} Project */

const SOON_MS = 300;

/** @param {import("../app.js").Parts} parts */
export function createProjectActions(parts) {
  const { store, api } = parts;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let soon;

  /** @param {any} answer @returns {Project|null} */
  const projectIn = (answer) => answer?.project ?? (answer?.name ? answer : null);

  /** @param {Project|null} project */
  function keep(project) {
    if (!project) return;
    store.set(({ projects, live }) => ({
      projects: project.role || projects?.some(({ id }) => id === project.id) ? withProject(projects ?? [], project) : projects,
      live: live?.id === project.id ? { ...live, missing: false, project: merged(live.project, project) } : live,
    }));
  }

  const actions = {
    async load() {
      try {
        const rows = await api.all("/projects");
        store.set({ projects: sorted(rows) });
      } catch (error) {
        const { session, connection } = store.get();
        if (session.status === "in" && connection.phase === "live") parts.actions.notices.failed(asApiError(error)); // else the page says so already
      }
    },
    /** Events of a person's own channel may not say which project they are about; the list does. */
    reloadSoon() {
      clearTimeout(soon);
      soon = setTimeout(() => store.get().session.status === "in" && void actions.load(), SOON_MS);
    },
    /** @param {number} id */
    async loadOne(id) {
      try {
        keep(projectIn(await api.get(`/projects/${id}`)));
      } catch (caught) {
        const error = asApiError(caught);
        if (error.status !== 404 && error.status !== 403) return parts.actions.notices.failed(error);
        actions.missing(id);
      }
    },
    /** Deleted, or not to be seen by this person. @param {number} id */
    missing: (id) => store.set(({ live }) => (live?.id === id ? { live: { ...live, project: null, running: [], missing: true } } : {})),
    /** @param {{name: string, description: string, color: string, visibility: string}} fields */
    async create(fields) {
      const project = projectIn(await api.post("/projects", fields));
      keep(project && { ...project, role: project.role ?? "owner" });
      return project;
    },
    /** @param {number} id @param {Record<string, any>} changes */
    async edit(id, changes) {
      keep(projectIn(await api.patch(`/projects/${id}`, changes)));
    },
    /** @param {number} id @param {"private"|"public"} visibility */
    async setVisibility(id, visibility) {
      await api.put(`/projects/${id}/visibility`, { visibility });
      await actions.loadOne(id);
    },
    /** @param {number} id */
    async delete(id) {
      await api.delete(`/projects/${id}`);
      store.set(({ projects }) => ({ projects: (projects ?? []).filter((each) => each.id !== id) }));
    },
    /** @param {number} id @param {number} userId @param {string} role */
    async setRole(id, userId, role) {
      await api.patch(`/projects/${id}/members/${userId}`, { role });
      await actions.loadOne(id);
    },
    /** @param {number} id @param {number} userId @param {string} role */
    async addMember(id, userId, role) {
      await api.post(`/projects/${id}/members`, { user_id: userId, role });
      await actions.load();
    },
    /** @param {number} id @param {number} userId */
    async removeMember(id, userId) {
      await api.delete(`/projects/${id}/members/${userId}`);
      if (userId === store.get().session.user?.id) await actions.load();
      else await actions.loadOne(id);
    },
    /** @param {number} id */
    async join(id) {
      await api.post(`/projects/${id}/join`);
      await Promise.all([actions.loadOne(id), actions.load()]);
    },
    /** @param {number} id @param {{role: string, expires_in_seconds: number, max_uses?: number}} fields */
    invite: (id, fields) => api.post(`/projects/${id}/invites`, fields),
    /** @param {string} code @returns {Promise<number|null>} the project's id */
    async accept(code) {
      const answer = await api.post(`/invites/${encodeURIComponent(code)}/accept`);
      await actions.load();
      return answer?.project_id ?? answer?.project?.id ?? answer?.id ?? null;
    },
  };
  return actions;
}
