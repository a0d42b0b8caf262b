import { useSignal } from "@preact/signals";
import { Button } from "../../shared/view/button.tsx";
import type { PictureInfo } from "../protocol.ts";
import { PUBLIC_ONLY } from "../source-url.ts";
import type { Store } from "../state/store.ts";
import { Offer } from "./offer.tsx";

const NO_ADDRESS = `Its address has expired. ${PUBLIC_ONLY}`;

/** What can be done with a saved picture. */
export function Actions({ store, picture }: { store: Store; picture: PictureInfo }) {
  const { commands, gallery, settings, stage } = store;
  /** The picture that a person is asked about before it is deleted. */
  const doomed = useSignal<string | null>(null);
  const comparing = stage.compared.value !== null;
  const neighbour = gallery.neighbour(picture.id);

  const edit = () => {
    if (picture.url) settings.write({ image_url: picture.url });
    else commands.showStatus(NO_ADDRESS);
  };
  const askToDelete = (id: string | null) => () => {
    doomed.value = id;
  };
  const remove = async () => {
    if (await commands.remove(picture)) stage.follow();
  };
  const takeBack = async () => {
    if (await commands.takeBack(picture)) stage.follow();
  };
  const compare = () => {
    stage.compareWith(comparing ? null : (neighbour?.id ?? null));
  };

  return (
    <div class="qn-row">
      <Button onPress={() => settings.restore(picture)}>Use settings</Button>
      <Button onPress={() => settings.writeSeed(picture.seed)}>Use seed</Button>
      <Button onPress={() => settings.write({ prompt: picture.prompt })}>Use prompt</Button>
      <Button why={picture.url ? null : NO_ADDRESS} onPress={edit}>
        Edit this
      </Button>
      <Button aria-pressed={comparing} why={neighbour ? null : "No other picture yet."} onPress={compare}>
        Compare
      </Button>
      <Button onPress={() => commands.copyCode(picture)}>Copy code</Button>
      <Button onPress={() => commands.copyImage(picture)}>Copy image</Button>
      <Button onPress={() => commands.saveAs(picture)}>Save as…</Button>
      {picture.by_hand && <Button onPress={takeBack}>Not this one: take the task id back</Button>}
      <Button onPress={askToDelete(picture.id)}>Delete…</Button>
      {doomed.value === picture.id && (
        <Offer
          text="Delete it from the folder?"
          yes="Delete"
          no="Keep"
          onYes={remove}
          onNo={askToDelete(null)}
        />
      )}
      {comparing && <p class="qn-note">Pick the other picture below.</p>}
      {commands.statusMessage.value && (
        <p class="qn-note" aria-hidden="true">
          {commands.statusMessage}
        </p>
      )}
    </div>
  );
}
