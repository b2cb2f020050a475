// What the page does for a widget; see `course/widgets/page.py`.
//
// Each call gets the element that it is shown in and an order of the kernel's.  What came of it goes
// into a hidden text field of the same widget, which the kernel reads.
async (element, order) => {
  // A view that is drawn anew, or twice, carries an order out once. Listening is for every view.
  const done = (window.courseOrdersDone ??= new Set());
  if (order.token) {
    if (done.has(order.token)) return;
    done.add(order.token);
  }

  const found = async (find, seconds = 10) => {
    for (let left = seconds * 20; left > 0; left -= 1) {
      const result = find();
      if (result) return result;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return null;
  };
  const root = await found(() => element.closest(".course-page"));
  if (!root) return;
  const answer = (said) => {
    const field = root.querySelector(".course-page-answer input");
    // With the time, since only a change is told to the kernel.
    field.value = JSON.stringify({ token: order.token ?? "", at: Date.now(), ...said });
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const documents = () =>
    [...(window.jupyterapp?.shell.widgets("main") ?? [])].filter((widget) => widget.context);

  // Save what is open and has changed, and nothing else: a file keeps the time of its last change.
  const save = async () => {
    if (!window.jupyterapp) return answer({ saved: null, unsaved: [] });
    const changed = documents().filter((widget) => widget.context.model.dirty);
    await Promise.allSettled(changed.map((widget) => widget.context.save()));
    const unsaved = documents().filter((widget) => widget.context.model.dirty);
    answer({ saved: changed.length, unsaved: unsaved.map((widget) => widget.context.path) });
  };

  // JupyterLab turns the link's address into one that can be downloaded, whatever its own is.
  const fetch = async () => {
    const link = () => root.querySelector(`a[data-token="${order.token}"]`);
    const resolved = await found(() => /^(https?:|\/)/.test(link()?.getAttribute("href")) && link());
    resolved?.click();
    answer({ fetched: Boolean(resolved) });
  };

  const reload = async () => {
    const here = documents().find((widget) => widget.node.contains(root))?.context.path ?? "";
    const resolve = (path) => new URL(path, `file:///${here}`).pathname;
    const changed = new Set(order.paths.map(resolve));
    const stale = documents().filter((widget) => changed.has(resolve(`/${widget.context.path}`)));
    await Promise.allSettled(stale.map((widget) => widget.context.revert()));
    await window.jupyterapp?.commands.execute("filebrowser:refresh").catch(() => {});
    answer({ reloaded: stale.length });
  };

  // By JupyterLab's own way of loading files up, since a message to a kernel has at most 10 MB.
  const CHUNK_BYTES = 2 ** 20;
  const base64 = (blob) =>
    new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(blob);
    });
  const upload = async (file) => {
    const here = documents().find((widget) => widget.node.contains(root));
    if (!here) return answer({ failed: "JupyterLab did not say where this notebook is" });
    const { contents } = window.jupyterapp.serviceManager;
    const name = `${order.prefix}${Date.now()}.zip`;
    const path = [...here.context.path.split("/").slice(0, -1), name].join("/");
    try {
      for (let start = 0, chunk = 1; start < file.size || chunk === 1; chunk += 1) {
        const end = start + CHUNK_BYTES;
        const part = { type: "file", format: "base64", name };
        part.content = await base64(file.slice(start, end));
        if (file.size > CHUNK_BYTES) part.chunk = end >= file.size ? -1 : chunk;
        await contents.save(path, part);
        start = end;
        answer({ uploading: Math.min(end / file.size, 1) });
      }
      answer({ uploaded: name, called: file.name });
    } catch (error) {
      await contents.delete(path).catch(() => {});
      answer({ failed: String(error.message ?? error), called: file.name });
    }
  };
  const listen = async () => {
    const button = await found(() => root.querySelector("button.course-page-upload"));
    button?.addEventListener("click", () => {
      // Here and not in the kernel: a browser opens this window only while a click is handled.
      const input = document.createElement("input");
      input.type = "file";
      input.accept = ".zip,.ipynb";
      input.addEventListener("change", () => input.files.length && upload(input.files[0]));
      input.click();
    });
  };

  await { save, fetch, reload, listen }[order.action]();
}
