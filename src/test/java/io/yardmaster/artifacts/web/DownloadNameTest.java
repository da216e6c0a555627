package io.yardmaster.artifacts.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DownloadNameTest {

    @Test
    void a_plain_name_stays_as_it_is() {
        assertThat(DownloadName.attachment("backup.tar.gz")).isEqualTo("attachment; filename=\"backup.tar.gz\"");
        assertThat(DownloadName.attachment("logs/run 1.txt")).isEqualTo("attachment; filename=\"run 1.txt\"");
    }

    @Test
    void other_scripts_are_sent_encoded_beside_a_name_that_every_client_reads() {
        assertThat(DownloadName.attachment("Größe 1%.txt"))
                .isEqualTo("attachment; filename=\"Gr__e 1_.txt\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201%25.txt");
    }

    @Test
    void nothing_ends_the_header_or_leaves_the_folder_of_downloads() {
        assertThat(DownloadName.attachment("a\"; x=\"b\r\nSet-Cookie: a=b\\c"))
                .isEqualTo("attachment; filename=\"a_; x=_b__Set-Cookie_ a=b_c\"");
        assertThat(DownloadName.of("../..")).isEqualTo("_");
        assertThat(DownloadName.of("a/.bashrc")).isEqualTo("_bashrc");
        assertThat(DownloadName.of("..\\..\\evil.exe. ")).isEqualTo("__.._evil.exe_");
        assertThat(DownloadName.of("photo\u202egpj.exe")).isEqualTo("photo_gpj.exe");
        assertThat(DownloadName.of("   ")).isEqualTo("artifact");
        assertThat(DownloadName.of("\ud83d\ude80".repeat(500)).codePoints().count())
                .isEqualTo(150);
    }
}
