"use strict";
/* Unpacks the data of one organization, and finds what a filter asks for. */

(() => {
  const STATUSES = ["unhealthy", "unknown", "healthy", "gone"];
  const NO_REGISTRY = "no known image";

  function unpack(data) {
    const registries = [...data.registries, NO_REGISTRY];
    const images = data.images.map(([name, registry], index) => ({
      index, name, registry: registries.at(registry), repositories: [], outcomes: new Map(),
    }));
    const uses = data.uses.map(([image, source, path, line, outcome, detail]) => ({
      image: images[image], source, path, line, outcome, detail,
    }));
    const credentials = data.credentials.map(([identifier, server, level, expires, changed, outcome, detail, owner], index) => ({
      index, identifier, server, level, expires, changed, outcome, detail, owner, repositories: [],
    }));
    const causes = data.causes.map((cause) => ({ ...cause, about: cause.triple || cause.registry, repositories: [] }));
    const tables = { data, registries, images, uses, credentials, causes };
    const repositories = data.names.map((_, index) => new Repository(tables, index));
    for (const each of repositories) {
      for (const position of data.findings[each.index]) causes[position].repositories.push(each);
      for (const position of data.holding[each.index]) credentials[position].repositories.push(each);
      for (const image of each.images) image.repositories.push(each);
      for (const position of data.used[each.index]) count(uses[position]);
    }
    for (const credential of credentials) credential.key = keyOf(credential, repositories);
    return {
      organization: data.organization,
      at: data.at,
      status: data.status,
      verdict: data.verdict,
      listed: data.listed,
      unchecked: data.unchecked,
      notes: data.notes,
      mostVerdicts: data.most_verdicts,
      runs: data.runs.map(([at, status, unhealthy, unknown, healthy]) => ({ at, status, counts: [unhealthy, unknown, healthy] })),
      registries: [...new Set(images.filter((image) => image.repositories.length).map((image) => image.registry))].sort(),
      rules: [...new Set(causes.map((cause) => cause.rule))].sort(),
      repositories,
      causes,
      credentials,
      images,
      byName: new Map(repositories.map((each) => [each.name, each])),
      byCause: new Map(causes.map((cause) => [cause.id, cause])),
    };
  }

  function count({ image: { outcomes }, outcome }) {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }

  /* One of many: what only some views show is unpacked when it is asked for. */
  class Repository {
    #tables;
    #text;

    constructor(tables, index) {
      const { data, uses } = tables;
      this.#tables = tables;
      this.index = index;
      this.name = data.names[index];
      this.status = STATUSES[data.statuses[index]];
      this.images = distinct(data.used[index].map((position) => uses[position].image));
      this.registries = this.images.length ? distinct(this.images.map((image) => image.registry)) : [NO_REGISTRY];
    }

    get causes() {
      return this.#tables.data.findings[this.index].map((position) => this.#tables.causes[position]);
    }

    get uses() {
      return this.#tables.data.used[this.index].map((position) => this.#tables.uses[position]);
    }

    get credentials() {
      return this.#tables.data.holding[this.index].map((position) => this.#tables.credentials[position]);
    }

    get reasons() {
      return this.#tables.data.open[this.index].map((position) => this.#tables.data.reasons[position]);
    }

    get history() {
      const { moments, rules, history } = this.#tables.data;
      return history[this.index].map(([at, status, found]) => ({
        at: moments[at], status: STATUSES[status], rules: found.map((rule) => rules[rule]),
      }));
    }

    /* What a text filter searches. */
    get text() {
      this.#text ??= [this.name, ...this.images.map((image) => image.name)].join("\n").toLowerCase();
      return this.#text;
    }
  }

  /* Without the second of two equal ones; for a few. */
  function distinct(few) {
    return few.length < 2 ? few : few.filter((each, position) => few.indexOf(each) === position);
  }

  /* A name for addresses that stays the same from run to run. */
  function keyOf(credential, repositories) {
    const owner = credential.owner >= 0 ? repositories[credential.owner].name : "";
    return [credential.identifier, credential.server, owner].filter(Boolean).join(" ");
  }

  function words(text = "") {
    return text.toLowerCase().split(/\s+/).filter(Boolean);
  }

  function hasAll(text, wanted) {
    return wanted.every((word) => text.includes(word));
  }

  /* A repository's status as far as a registry is concerned: it only fails where the registry is what its errors are about. */
  function statusIn(each, registry) {
    if (each.status !== "unhealthy") return each.status;
    const errors = each.causes.filter((cause) => cause.severity === "error");
    const isElsewhere = errors.length > 0 && errors.every((cause) => cause.registry && cause.registry !== registry);
    return isElsewhere ? "healthy" : each.status;
  }

  function hasStatus(each, { status, registry }) {
    return (status === "unhealthy" && registry ? statusIn(each, registry) : each.status) === status;
  }

  /* The repositories that every given filter lets through, in the order of the report. */
  function matching(model, filters) {
    const wanted = words(filters.q);
    return model.repositories.filter(
      (each) =>
        (!filters.status || hasStatus(each, filters)) &&
        (!filters.registry || each.registries.includes(filters.registry)) &&
        (!filters.rule || each.causes.some((cause) => cause.rule === filters.rule)) &&
        (!filters.cause || each.causes.some((cause) => cause.id === filters.cause)) &&
        (!filters.image || each.images.some((image) => image.name === filters.image)) &&
        (!filters.credential || each.credentials.some((credential) => credential.key === filters.credential)) &&
        (!wanted.length || hasAll(each.text, wanted)),
    );
  }

  function matchingCauses(model, filters) {
    const wanted = words(filters.q);
    return model.causes.filter(
      (cause) =>
        (!filters.severity || cause.severity === filters.severity) &&
        (!filters.rule || cause.rule === filters.rule) &&
        (!filters.registry || cause.registry === filters.registry) &&
        (!wanted.length || hasAll([cause.rule, cause.about, cause.message].join("\n").toLowerCase(), wanted)),
    );
  }

  function matchingImages(model, filters) {
    const wanted = words(filters.q);
    return model.images
      .filter((image) => (!filters.registry || image.registry === filters.registry) && hasAll(image.name.toLowerCase(), wanted))
      .sort((a, b) => b.repositories.length - a.repositories.length || (a.name < b.name ? -1 : 1));
  }

  /* How many repositories have each of the three statuses, worst first. */
  function counted(repositories, statusOf = (each) => each.status) {
    const counts = [0, 0, 0];
    for (const each of repositories) counts[STATUSES.indexOf(statusOf(each))] += 1;
    return counts;
  }

  Object.assign(crreg, { STATUSES, NO_REGISTRY, unpack, statusIn, matching, matchingCauses, matchingImages, counted });
})();
