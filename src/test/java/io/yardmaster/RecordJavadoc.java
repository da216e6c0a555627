package io.yardmaster;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** What the Javadoc of some records says, as Markdown. */
record RecordJavadoc(Map<String, Comment> comments) {

    /**
     * One record's comment.
     *
     * @param summary its first sentence, without the full stop
     * @param params what it says of each component
     */
    record Comment(String summary, Map<String, String> params) {}

    /** Reads the files of these classes; nested classes are found in the file of the outermost one. */
    static RecordJavadoc read(Path sources, Set<String> classes) throws IOException {
        Set<Path> paths = classes.stream()
                .map(name -> sources.resolve(name.replaceFirst("\\$.*", "").replace('.', '/') + ".java"))
                .collect(Collectors.toSet());
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Map<String, Comment> comments = new HashMap<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(paths));
            DocTrees docs = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                new Scanner(docs, comments).scan(unit, unit.getPackageName() + ".");
            }
        }
        return new RecordJavadoc(comments);
    }

    /** The first sentence about a class, without its full stop. */
    String summary(String className) {
        return comment(className).summary();
    }

    /** What is said of each component of a record. */
    Map<String, String> params(String className) {
        return comment(className).params();
    }

    private Comment comment(String className) {
        return Objects.requireNonNull(comments.get(className), () -> className + " has no Javadoc");
    }

    /** Collects comments; the argument is the name of what surrounds a class, with the character that ends it. */
    private static final class Scanner extends TreePathScanner<@Nullable Void, String> {

        private final DocTrees docs;
        private final Map<String, Comment> comments;

        Scanner(DocTrees docs, Map<String, Comment> comments) {
            this.docs = docs;
            this.comments = comments;
        }

        @Override
        public @Nullable Void visitClass(ClassTree type, String around) {
            String name = around + type.getSimpleName();
            DocCommentTree comment = docs.getDocCommentTree(getCurrentPath());
            if (comment != null) {
                comments.put(
                        name,
                        new Comment(markdown(comment.getFirstSentence()).replaceFirst("\\.$", ""), params(comment)));
            }
            return super.visitClass(type, name + "$");
        }

        private static Map<String, String> params(DocCommentTree comment) {
            return comment.getBlockTags().stream()
                    .filter(ParamTree.class::isInstance)
                    .map(ParamTree.class::cast)
                    .collect(Collectors.toMap(
                            param -> param.getName().toString(), param -> markdown(param.getDescription())));
        }

        private static String markdown(List<? extends DocTree> trees) {
            return trees.stream()
                    .map(tree -> switch (tree) {
                        case LiteralTree literal -> "`" + literal.getBody().getBody() + "`";
                        case LinkTree link -> "`" + link.getReference().getSignature() + "`";
                        default -> tree.toString();
                    })
                    .collect(Collectors.joining())
                    .replaceAll("\\s+", " ")
                    .strip();
        }
    }
}
