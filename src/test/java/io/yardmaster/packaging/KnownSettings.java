package io.yardmaster.packaging;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The names of all settings that the server understands: its own and those of Spring Boot. */
final class KnownSettings {

    private static final String METADATA = "META-INF/spring-configuration-metadata.json";
    private static final Path OURS = Path.of("target/classes", METADATA);
    private static final Pattern LIST = Pattern.compile("java\\.util\\.(?:List|Set)<(?<of>.+)>");

    private final Map<String, String> types = new HashMap<>();
    private final Map<String, String> standards = new HashMap<>();
    private final Set<String> asEnvironment = new HashSet<>();

    static KnownSettings load() throws IOException {
        KnownSettings known = new KnownSettings();
        for (URL file : Collections.list(KnownSettings.class.getClassLoader().getResources(METADATA))) {
            try (InputStream content = file.openStream()) {
                known.add(JsonMapper.shared().readTree(content));
            }
        }
        known.add(JsonMapper.shared().readTree(Files.readString(OURS)));
        return known;
    }

    /** @param name such as {@code yardmaster.sources[0].path} */
    boolean contains(String name) {
        return types.containsKey(name.replaceAll("\\[\\d+]", "[]"));
    }

    /** What a setting is where nobody sets it. */
    String standard(String name) {
        return standards.getOrDefault(name, "");
    }

    /** @param name such as {@code YARDMASTER_SOURCES_0_PATH} */
    boolean containsEnvironment(String name) {
        return asEnvironment.contains(name.replaceAll("_\\d+(?=_|$)", "_0"));
    }

    /** The names of everything set in a tree of settings. */
    static List<String> namesIn(Object tree) {
        List<String> names = new ArrayList<>();
        collect("", tree, names);
        return names;
    }

    private static void collect(String prefix, Object tree, List<String> names) {
        switch (tree) {
            case Map<?, ?> map ->
                map.forEach((key, value) -> collect(prefix.isEmpty() ? "" + key : prefix + "." + key, value, names));
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    collect(prefix + "[" + i + "]", list.get(i), names);
                }
            }
            default -> names.add(prefix);
        }
    }

    private void add(JsonNode metadata) {
        for (JsonNode property : metadata.path("properties")) {
            String name = property.path("name").asString();
            add(name, property.path("type").asString(""));
            standards.put(name, property.path("defaultValue").asString(""));
        }
    }

    private void add(String name, String type) {
        types.put(name, type);
        asEnvironment.add(environment(name));
        Matcher list = LIST.matcher(type);
        if (list.matches()) {
            types.put(name + "[]", list.group("of"));
            asEnvironment.add(environment(name) + "_0");
            members(list.group("of")).forEach(member -> add(name + "[]." + member.name(), member.type()));
        }
    }

    private static String environment(String name) {
        return name.replace("[]", ".0").replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** The metadata end where a list of records begins. */
    private static Stream<Member> members(String type) {
        if (!type.startsWith("io.yardmaster.")) {
            return Stream.empty();
        }
        try {
            RecordComponent[] components = Class.forName(type).getRecordComponents();
            return components == null ? Stream.empty() : Stream.of(components).map(Member::of);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Member(String name, String type) {
        static Member of(RecordComponent component) {
            return new Member(
                    component.getName().replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT),
                    component.getGenericType().getTypeName());
        }
    }
}
