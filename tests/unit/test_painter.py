"""Posters: the same for the same request, legible, in the right size, and honest about what they cannot set."""

import io
import random

import pytest
from PIL import Image, ImageChops, ImageStat

from qwen_notebook.reapi.models import QWEN_IMAGE_2
from qwen_notebook.simulator.painter import PaintRequest, image_file, paint
from qwen_notebook.simulator.painting import faces, poster, sky, skyline, typesetting
from qwen_notebook.simulator.painting.canvas import Canvas
from qwen_notebook.simulator.painting.colour import contrast
from qwen_notebook.simulator.painting.palette import PALETTES
from qwen_notebook.simulator.painting.reading import read
from qwen_notebook.simulator.painting.scenes import SCENES
from qwen_notebook.simulator.painting.stage import Stage

SMALL = (448, 256)
MARS = "a vintage travel poster that reads VISIT MARS in bold retro type, dusk, two moons"


def small(prompt: str, seed: int = 7, size=SMALL, **fields) -> Image.Image:
    return paint(PaintRequest(prompt=prompt, seed=seed, size=size, **fields))


def distance(a: Image.Image, b: Image.Image) -> float:
    """Mean difference of two pictures in levels."""
    return sum(ImageStat.Stat(ImageChops.difference(a, b)).mean) / 3


def brightness(image: Image.Image) -> float:
    return ImageStat.Stat(image.convert("L")).mean[0]


@pytest.mark.parametrize("output_format", ["png", "jpeg"])
def test_a_poster_of_the_real_size(output_format):
    image = paint(PaintRequest(prompt=MARS, seed=7, size=QWEN_IMAGE_2.text_pixels["16:9"]))
    file = image_file(image, output_format)
    assert len(file) < 4_000_000
    opened = Image.open(io.BytesIO(file))
    assert opened.format == output_format.upper()
    assert opened.size == (2688, 1536)
    opened.load()


def test_the_same_request_gives_the_same_bytes():
    assert image_file(small(MARS), "png") == image_file(small(MARS), "png")


def test_seeds_and_prompts_make_other_pictures():
    assert distance(small(MARS, 1), small(MARS, 2)) > 3
    assert distance(small("a lighthouse by the sea"), small("a forest")) > 10


@pytest.mark.parametrize("size", [*QWEN_IMAGE_2.text_pixels.values(), *QWEN_IMAGE_2.edit_pixels.values()])
def test_every_shape(size):
    scaled = (size[0] // 8, size[1] // 8)
    assert small("a city at night, reads TOKYO", size=scaled).size == scaled


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("size", [(320, 180), (180, 320), (240, 240)])
def test_every_scene_in_every_shape(scene, size):
    plain = small(scene, size=size)
    assert len(plain.getcolors(plain.width * plain.height) or []) > 200
    assert distance(plain, small(f"{scene} with the words “Hello there”", size=size)) > 1


@pytest.mark.parametrize(
    "prompt", ["", " ", "🦊🚀", "\ud800", "“🦊”", "“ ”", "'x'", "“" + "a" * 400 + "”", "火" * 800]
)
def test_no_prompt_is_too_odd(prompt):
    assert small(prompt).size == SMALL


def test_words_choose_scene_palette_and_number():
    reading = read("two moons over a red desert on mars that reads VISIT MARS")
    assert (reading.titles, reading.palette) == (("VISIT MARS",), "mars")
    assert reading.counts["moon"] == 2
    assert read("a lighthouse at the sea").scene == "sea"
    assert (read("forests in autumn").scene, read("forests in autumn").palette) == ("forest", "autumn")
    assert read("a lake in the mountains in autumn").scene == "mountains"
    assert read("Bauhaus shapes").scene == "geometry"
    assert read("火星").scene == "space"
    assert read("qwerty") == read("qwerty")
    assert {read(f"word{n}").scene for n in range(100)} == set(SCENES)
    assert {read(f"word{n}").palette for n in range(100)} <= set(PALETTES)


@pytest.mark.parametrize(
    "text", ["VISIT MARS", "The long night of the saxophones and brass", "Ünïcode", "НОЧЬ", "A"]
)
@pytest.mark.parametrize("room", [(1000, 400), (300, 900), (200, 50)])
def test_type_fits_its_room_and_keeps_its_words(text, room):
    setting = faces.choose(text, [faces.CONDENSED])
    block = typesetting.fit(setting.text, setting.face, room, 0.04, 500)
    assert " ".join(block.lines) == text
    assert block.width <= room[0] + 1
    assert block.height <= room[1] + 1


def test_lines_are_broken_evenly():
    block = typesetting.fit("one two three four", faces.GEOMETRIC, (500, 500), 0.0, 70)
    assert len(block.lines) > 1
    widths = [len(line) for line in block.lines]
    assert max(widths) - min(widths) <= 5


def test_type_stays_inside_its_box():
    canvas = Canvas((600, 400))
    block = typesetting.fit("HELLO HERE", faces.GEOMETRIC, (400, 200), 0.05, 300)
    typesetting.draw(canvas, block, (100, 100, 500, 300), "left", colour=(255, 255, 255))
    box = canvas.image.getbbox()
    assert box is not None
    assert box[0] == pytest.approx(100, abs=1), "the ink begins at the edge, not a side bearing later"
    assert box[1] >= 99
    assert box[2] <= 501
    assert box[3] <= 301


@pytest.fixture
def contrasts(monkeypatch):
    """The contrast of each block of type that is drawn, to the worst eighth of its ground."""
    found: list[float] = []
    draw = typesetting.draw

    def spy(canvas, block, box, align, *, colour, opacity=1.0):
        ground = canvas.image.crop([round(value) for value in box]).resize((8, 6), Image.Resampling.BOX)
        data = ground.tobytes()
        ratios = sorted(contrast(colour, tuple(data[i : i + 3])) for i in range(0, len(data), 3))
        found.append(ratios[len(ratios) // 8])
        draw(canvas, block, box, align, colour=colour, opacity=opacity)

    monkeypatch.setattr(typesetting, "draw", spy)
    return found


@pytest.mark.parametrize("prompt", [f"{scene} that reads VISIT MARS" for scene in SCENES])
def test_titles_stand_out_from_their_ground(prompt, contrasts):
    for seed in range(4):
        for size in (SMALL, (256, 448)):
            poster.make(prompt, seed, size)
    assert min(contrasts) > 3


def test_a_title_on_a_restless_ground_is_calmed(contrasts):
    canvas = Canvas(SMALL)
    board = bytes(90 if (i // 4 + i) % 2 else 160 for i in range(16))
    canvas.image = Image.frombytes("L", (4, 4), board).resize(SMALL, Image.Resampling.NEAREST).convert("RGB")
    poster.add_titles(canvas, "reads STAY A WHILE", 1)
    assert min(contrasts) > 3


def test_faces_are_chosen_by_what_they_cover():
    assert faces.choose("VISIT MARS", [faces.CONDENSED]).face == faces.CONDENSED
    assert faces.choose("НОЧЬ", [faces.GEOMETRIC]).face == faces.GEOMETRIC
    assert faces.choose("ΑΘΗΝΑ", [faces.GEOMETRIC]).face == faces.WIDE_COVERAGE


def test_what_no_face_has_is_said_and_not_boxed(monkeypatch):
    monkeypatch.setattr(faces, "_cjk_faces", tuple)
    setting = faces.choose("GO 火星 🚀", [faces.GEOMETRIC])
    assert setting.text == "GO"
    assert setting.missing == "火星🚀"
    assert faces.apology("火星") == "2 CJK characters: no CJK font on this machine"
    assert faces.apology("🚀") == "1 character: no font for it on this machine"
    assert faces.apology("") == ""
    assert distance(small("海报「火星」"), small("海报「夜景山水」")) > 0


def test_every_picture_bears_its_mark():
    bare = poster.make(MARS, 7, SMALL).image
    box = ImageChops.difference(bare, small(MARS)).getbbox()
    assert box is not None
    assert box[0] > SMALL[0] * 0.7
    assert box[1] > SMALL[1] * 0.9


def test_an_edit_changes_its_source_as_asked():
    source = small("a meadow in spring", 1)
    file = image_file(source, "png")
    night = small("make it night", source=file, image_url="https://a.example/1.png")
    winter = small("winter", source=file, image_url="https://a.example/1.png")
    other = small("something else", source=file, image_url="https://a.example/1.png")
    assert brightness(night) < brightness(source) - 40
    assert brightness(winter) > brightness(night) + 40
    assert distance(other, source) > 15
    titled = small("make it night, reads GOOD NIGHT", source=file, image_url="https://a.example/1.png")
    assert distance(titled, night) > 5


def test_an_edit_is_cropped_to_its_shape_and_not_squeezed():
    source = Image.new("RGB", (400, 100), "white")
    edited = small(
        "sepia", size=(200, 200), source=image_file(source, "png"), image_url="https://a.example/1.png"
    )
    assert edited.size == (200, 200)


def test_an_unknown_source_has_a_stand_in():
    one = small("make it night", image_url="https://a.example/1.png")
    assert image_file(one, "png") == image_file(
        small("make it night", image_url="https://a.example/1.png"), "png"
    )
    assert distance(one, small("make it night", image_url="https://a.example/2.png")) > 1
    broken = small("make it night", image_url="https://a.example/1.png", source=b"<html>")
    assert image_file(broken, "png") == image_file(one, "png")


def test_mountains_stay_under_a_title_and_are_as_high_as_before_beside_it():
    title = (80.0, 77.0, 700.0, 407.0)
    base, rise = 538.0, 261.0
    for seed in range(12):
        line = skyline.craggy(random.Random(seed), 1344, base, rise, 4)
        lowered = skyline.lowered(line, base, rise, title)
        broken_edges = 20
        assert min(y for x, y in lowered if title[0] <= x <= title[2]) > title[3] - broken_edges
        beside = [place for place, (x, _) in enumerate(line) if x > 900]
        assert [lowered[place][1] for place in beside] == pytest.approx([line[place][1] for place in beside])


def test_no_cloud_lies_behind_a_title():
    sizes = (1344, 768)
    canvas, palette = Canvas(sizes), PALETTES["night"]
    box = (80.0, 77.0, 700.0, 407.0)
    stage = Stage(canvas, palette, random.Random(3), read("clouds"), (900, 200), box)
    clear = canvas.image.copy()
    sky.clouds(stage, 0, 768, 60, 1.0)
    drawn = ImageChops.difference(clear, canvas.image)
    assert drawn.getbbox() is not None
    assert drawn.crop((80, 90, 700, 395)).getbbox() is None
