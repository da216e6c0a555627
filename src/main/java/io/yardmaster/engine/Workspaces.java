package io.yardmaster.engine;

import io.yardmaster.blobs.Blob;
import io.yardmaster.blobs.BlobStore;
import io.yardmaster.blobs.BlobWriter;
import io.yardmaster.blobs.DamagedBlobException;
import io.yardmaster.blobs.UnusedBlobs;
import io.yardmaster.executors.RunFolder;
import io.yardmaster.executors.WorkspaceArchive;
import io.yardmaster.executors.WorkspaceArchive.WorkspaceTooLargeException;
import io.yardmaster.executors.WorkspaceArchive.WorkspaceUnreadableException;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.runs.KeptWorkspace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.springframework.stereotype.Component;

/** Keeps the workspaces of runs that wait in the blob store, and brings them back where the runs go on. */
@Component
class Workspaces {

    private final BlobStore blobs;
    private final UnusedBlobs unused;
    private final EngineProperties properties;

    Workspaces(BlobStore blobs, UnusedBlobs unused, EngineProperties properties) {
        this.blobs = blobs;
        this.unused = unused;
        this.properties = properties;
    }

    /**
     * Stores a workspace. It stays where it is, too, until it is deleted.
     *
     * @throws WorkspaceTooLargeException where there is more in it than is kept
     * @throws WorkspaceUnreadableException where something in it cannot be read
     * @throws UncheckedIOException where the store cannot take it now
     */
    KeptWorkspace keep(RunFolder folder) throws WorkspaceTooLargeException, WorkspaceUnreadableException {
        try {
            if (WorkspaceArchive.isEmpty(folder.workspace())) {
                return new KeptWorkspace(null);
            }
            try (BlobWriter writer = blobs.open()) {
                WorkspaceArchive.pack(
                        folder.workspace(), writer, properties.workspaceLimit().toBytes());
                Blob blob = writer.commit();
                return new KeptWorkspace(blob.sha256());
            }
        } catch (WorkspaceTooLargeException | WorkspaceUnreadableException e) {
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException("The workspace cannot be stored: " + e.getMessage(), e);
        }
    }

    /**
     * Brings a workspace back, in the place of whatever is left of an earlier one.
     *
     * @throws WorkspaceLostException where what was stored is gone or damaged
     * @throws UncheckedIOException where it cannot be read or written now
     */
    void restore(KeptWorkspace kept, RunFolder folder) throws WorkspaceLostException {
        folder.delete();
        folder.create();
        Sha256 archive = kept.archive();
        if (archive == null) {
            return;
        }
        try (InputStream bytes = blobs.openChecked(archive)) {
            unpack(bytes, folder);
        } catch (NoSuchFileException | DamagedBlobException e) {
            throw new WorkspaceLostException(e);
        } catch (IOException e) {
            throw new UncheckedIOException("The workspace cannot be brought back: " + e.getMessage(), e);
        }
    }

    private static void unpack(InputStream bytes, RunFolder folder) throws IOException {
        try {
            WorkspaceArchive.unpack(bytes, folder.workspace());
        } catch (IOException e) {
            // Bytes that are not an archive are most likely not those that were stored, which shows at their end.
            bytes.transferTo(OutputStream.nullOutputStream());
            throw e;
        }
        // An archive may end before its bytes do.
        bytes.transferTo(OutputStream.nullOutputStream());
    }

    /** Nobody will want it back: its run has it, or has ended. */
    void discard(KeptWorkspace kept) {
        Sha256 archive = kept.archive();
        if (archive != null) {
            unused.setAside(List.of(archive));
        }
    }

    /** A workspace that was stored cannot be had any more. */
    static final class WorkspaceLostException extends Exception {

        private static final long serialVersionUID = 1L;

        WorkspaceLostException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
